"""Translations: what methods are asked, and measures of pairs against slow computations."""

import math
from dataclasses import replace

import pytest
import torch
from evaluation_fakes import CLASSES, CPU, TASK, images, save_classifier

from mneme.evaluation import reference, translation
from mneme.evaluation.extractor import create
from mneme.evaluation.quality import Evaluator, measure_task
from mneme.evaluation.samples import noise

IDENTITY = {"stream": "toy", "seed": 0, "method": "painter", "checkpoint": 2}
PAIRED, UNPAIRED = (replace(TASK, kind=kind, given="toy") for kind in ("paired", "unpaired"))


class Translator:
    """Adds a noise of one row to what it is given."""

    CONDITIONAL = True

    def __init__(self, noise: int = 3) -> None:
        self.noise, self.asked = noise, []

    def sample(self, task, given, z):
        self.asked.append((given, z))
        return (given.int() + int(40 * z.sum())).clamp(0, 255).to(torch.uint8)


def record(task, tmp_path, n=1000):
    train = {"x": images(60, 0), "y": torch.tensor(TASK.labels).repeat(30)}
    test = {"x": images(20, 1), "a": images(20, 2), "y": torch.tensor(TASK.labels).repeat(10)}
    asked = reference.given_images(task, test, n)
    extractor = create("classifier", save_classifier(tmp_path / "classifier.pt"), CPU)
    reals = reference.split(task, train, test, len(asked["given"]), 0)
    settings = {"classes": CLASSES, "kid_subsets": 3, "grid": 5, "device": CPU}
    made = reference.build(task, reals, "classifier", extractor, **settings)
    return Evaluator("classifier", extractor, {task.index: {**made, **asked}}), test


def test_l1_is_the_mean_difference_in_per_cent_of_the_range():
    a, b = images(3, 0, channels=3), images(3, 1, channels=3)
    slow = [sum(abs(int(p) - int(q)) for p, q in zip(x.flatten(), y.flatten(), strict=True)) / x.numel() / 2.55
            for x, y in zip(a, b, strict=True)]  # fmt: skip
    assert translation.l1(a, b).tolist() == pytest.approx(slow)
    black = torch.zeros(1, 1, 4, 4, dtype=torch.uint8)
    assert translation.l1(black, black + 255).item() == 100 and translation.l1(black, black).item() == 0


def blurred(x: list[list[float]]) -> list[list[float]]:
    """A Gaussian of 2 px, cut off at 6 px, border pixels repeated; one pixel after another."""
    side = len(x)
    bell = [math.exp(-(d**2) / 8) for d in range(-6, 7)]
    total = sum(bell) ** 2
    place = lambda i: min(max(i, 0), side - 1)  # noqa: E731
    return [
        [
            sum(bell[v + 6] * bell[h + 6] * x[place(r + v)][place(c + h)] for v in range(-6, 7) for h in range(-6, 7))
            / total
            for c in range(side)
        ]
        for r in range(side)
    ]


def test_correlation_of_blurred_luminance_written_out():
    a, b = images(1, 0, channels=3), images(1, 1, channels=3)
    sides = []
    for x in (a, b):
        grey = (0.299 * x[0, 0].double() + 0.587 * x[0, 1].double() + 0.114 * x[0, 2].double()).tolist()
        flat = [value for row in blurred(grey) for value in row]
        mean = sum(flat) / len(flat)
        sides.append([value - mean for value in flat])
    product = sum(p * q for p, q in zip(*sides, strict=True))
    slow = product / math.sqrt(math.prod(sum(value**2 for value in side) for side in sides))
    assert translation.luminance_correlation(a, b).item() == pytest.approx(slow)


def test_correlation_knows_its_extremes():
    x = images(4, 0, size=16)
    assert translation.luminance_correlation(x, x).tolist() == pytest.approx([1.0] * 4)
    assert translation.luminance_correlation(255 - x, x).tolist() == pytest.approx([-1.0] * 4)
    flat = torch.full_like(x, 9)
    assert translation.luminance_correlation(flat, x).tolist() == [0.0] * 4
    colours = images(2, 0, size=16, channels=3)
    assert translation.luminance_correlation(colours // 2, colours).min() > 0.99, "contrast is no matter"


def test_gradient_energy_written_out():
    a, b = images(2, 0, channels=3), images(2, 1, channels=3)
    energies = []
    for x in (a, b):
        y = [(0.299 * one[0].double() + 0.587 * one[1].double() + 0.114 * one[2].double()).tolist() for one in x]
        side = len(y[0])
        down = [(one[r + 1][c] - one[r][c]) ** 2 for one in y for r in range(side - 1) for c in range(side)]
        across = [(one[r][c + 1] - one[r][c]) ** 2 for one in y for r in range(side) for c in range(side - 1)]
        energies.append(sum(down) / len(down) + sum(across) / len(across))
    assert translation.gradient_energy(a, b) == pytest.approx(100 * energies[0] / energies[1])
    assert translation.gradient_energy(b // 2 * 2, b // 2) == pytest.approx(400), "twice the contrast"
    flat = torch.full_like(b, 9)
    assert translation.gradient_energy(flat, b) == 0 and translation.gradient_energy(b, flat) is None


def test_chroma_spread_written_out():
    a, b = images(2, 0, channels=3), images(2, 1, channels=3)
    spreads = []
    for x in (a, b):
        pixels = x.permute(0, 2, 3, 1).reshape(-1, 3).tolist()
        luminance = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in pixels]
        variance = 0.0
        for channel, scale in ((2, 0.5 / 0.886), (0, 0.5 / 0.701)):
            values = [scale * (pixel[channel] - y) for pixel, y in zip(pixels, luminance, strict=True)]
            mean = sum(values) / len(values)
            variance += sum((value - mean) ** 2 for value in values) / len(values)
        spreads.append(math.sqrt(variance))
    assert translation.chroma_spread(a, b) == pytest.approx(100 * spreads[0] / spreads[1])
    grey = b[:, :1].repeat(1, 3, 1, 1)
    assert translation.chroma_spread(grey, b) == pytest.approx(0, abs=1e-9)
    for neutral in (b[:, :1], grey):
        assert translation.chroma_spread(neutral, neutral) is None, "nothing to compare with"
    one = torch.tensor([200, 40, 90], dtype=torch.uint8).view(1, 3, 1, 1).expand_as(b)
    assert translation.chroma_spread(one, b) == pytest.approx(0, abs=1e-9), "one colour for all"


def test_measures_of_sets_are_means_over_rows_of_noise():
    images_of, targets = images(11, 0, channels=3), images(5, 1, channels=3)
    found = translation.against_targets(images_of, targets)
    for name, measure in translation.SETS.items():
        rows = [measure(images_of[:5], targets), measure(images_of[5:10], targets)]
        last = measure(images_of[10:], targets[:1])
        assert found[name].value == pytest.approx((5 * sum(rows) + last) / 11)
        assert found[name].std == pytest.approx(abs(rows[0] - rows[1]) / math.sqrt(2))
    assert "chroma_spread" not in translation.against_targets(images_of[:, :1], targets[:, :1])


@pytest.mark.parametrize("length, rows", [(3, 5), (0, 1)])
def test_every_method_is_asked_the_same(length, rows):
    given, method = images(40, 0), Translator(length)
    made = translation.translate(method, PAIRED, given, stream="toy", seed=0, device=CPU)
    z = noise("toy", 0, (5, length))
    expected = torch.cat([Translator(length).sample(PAIRED, given, z[i : i + 1]) for i in range(rows)])
    assert torch.equal(made, expected)
    assert {one.shape for _, one in method.asked} == {(1, length)}
    again = translation.translate(method, PAIRED, given, stream="toy", seed=0, device=CPU)
    assert torch.equal(made, again), "at every checkpoint"


def test_given_images_are_spread_over_the_test_split():
    test = {"a": images(20, 0), "x": images(20, 1)}
    asked = reference.given_images(PAIRED, test, 5)
    assert torch.equal(asked["given"], test["a"][::4]) and torch.equal(asked["targets"], test["x"][::4])
    assert set(reference.given_images(UNPAIRED, test, 99)) == {"given"}
    assert reference.given_images(TASK, test, 5) == {}


def test_rows_of_a_paired_task(tmp_path):
    evaluator, test = record(PAIRED, tmp_path)
    rows, samples = measure_task(Translator(), PAIRED, "ok", [evaluator], IDENTITY, device=CPU)
    found = {row["metric"]: row for row in rows}
    assert "class_accuracy" not in found and len(samples) == 100
    assert found["fid_clf"]["n"] == 20 and found["task_accuracy"]["n"] == found["l1"]["n"] == 20
    by_row = translation.l1(samples, test["x"].repeat(5, 1, 1, 1)).view(5, 20).mean(1)
    assert found["l1"]["value"] == pytest.approx(by_row.mean().item())
    assert found["l1"]["std"] == pytest.approx(by_row.std().item()) and found["l1"]["real"] is None
    assert found["luminance_correlation"]["extractor"] == "classifier"
    for method, status in ((Translator(noise=0), "ok"), (Translator(), "diverged")):
        others, _ = measure_task(method, PAIRED, status, [evaluator], IDENTITY, device=CPU)
        assert {row["metric"]: row["n"] for row in others} == {name: row["n"] for name, row in found.items()}


def test_a_perfect_translator_has_no_error(tmp_path):
    evaluator, test = record(PAIRED, tmp_path)

    class Perfect(Translator):
        def sample(self, task, given, z):
            return torch.stack([test["x"][(test["a"] == one).flatten(1).all(1)][0] for one in given])

    rows, _ = measure_task(Perfect(noise=0), PAIRED, "ok", [evaluator], IDENTITY, device=CPU, accuracy=200)
    found = {row["metric"]: row for row in rows}
    assert found["l1"]["value"] == 0 and found["luminance_correlation"]["value"] == pytest.approx(1)
    assert found["l1"]["n"] == 20 and found["l1"]["std"] is None


def test_rows_of_an_unpaired_task_and_of_one_that_diverged(tmp_path):
    evaluator, _ = record(UNPAIRED, tmp_path)
    rows, _ = measure_task(Translator(), UNPAIRED, "ok", [evaluator], IDENTITY, device=CPU, first=7, only=["l1", "fid"])
    assert [row["metric"] for row in rows] == ["fid_clf"]
    evaluator, _ = record(PAIRED, tmp_path)
    rows, samples = measure_task(Translator(), PAIRED, "diverged", [evaluator], IDENTITY, device=CPU)
    assert samples is None and {row["value"] for row in rows} == {None} and "l1" in {row["metric"] for row in rows}
