"""Classifiers with stored samples: what they store, and their equations against loops over single numbers."""

import math
from pathlib import Path

import pytest
import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.machine.device import choose_device
from mneme.methods.classifiers.ewc_s import EwcS
from mneme.methods.classifiers.icarl import Icarl, shifted
from mneme.methods.classifiers.penalised import normalised
from mneme.methods.classifiers.pi_s import PiS
from mneme.methods.classifiers.rwalk_s import RwalkS
from mneme.methods.classifiers.stored import Stored
from mneme.networks.basic_block import BasicBlock
from mneme.networks.resnet32 import ResNet32
from mneme.settings import Settings

CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).parents[2] / "config")
CPU = choose_device("cpu", 1)
METHODS = {"ewc_s": EwcS, "pi_s": PiS, "rwalk_s": RwalkS, "icarl": Icarl}
HELD = ["ewc_s", "pi_s", "rwalk_s"]
TASKS = [Task(i, str(i), "toy", (2 * i - 2, 2 * i - 1), (2 * i - 2, 2 * i - 1)) for i in (1, 2, 3)]
TINY = {"hidden": 3, "classes": 7, "per_class": 3, "steps": 9, "batch": 4}


def make(name, tasks, **overrides):
    settings = {**CATALOGUE.method(name, "tests").settings, **TINY, **overrides}
    return METHODS[name](Settings(settings), tasks, 4, 1, CPU, None)


def images(task, each=20):
    """x uint8 [N, 1, 4, 4] and y; class k is bright in two pixels of its own."""
    generator = torch.Generator().manual_seed(task.index)
    y = torch.tensor(task.labels).repeat_interleave(each)
    x = torch.randint(0, 60, (len(y), 1, 4, 4), generator=generator)
    for image, label in zip(x.flatten(1), y.tolist(), strict=True):
        image[[label, label + 7]] += 180
    return {"x": x.to(torch.uint8), "y": y}


def run(method, steps=None):
    """Whole steps on batches drawn from the task's images."""
    data = images(method.task)
    for step in range(method.settings.steps if steps is None else steps):
        torch.manual_seed(100 * method.task.index + step)
        chosen = torch.randint(len(data["y"]), (method.images_a_step,))
        method.step({key: value[chosen] for key, value in data.items()})
    return method


def begun(name, tasks, previous=None, **overrides):
    method = make(name, tasks, **overrides)
    torch.manual_seed(len(tasks))
    method.begin(previous, images(tasks[-1]))
    return method


def learned(name, tasks, previous=None, **overrides):
    method = run(begun(name, tasks, previous, **overrides))
    method.end(images(tasks[-1]))
    return method


def chain(name, tasks, **overrides):
    previous, methods = None, []
    for t in range(1, len(tasks) + 1):
        methods.append(learned(name, tasks[:t], previous, **overrides))
        previous = methods[-1].state()
    return methods


def flat(weights):
    return [number for part in weights.values() for number in part.flatten().tolist()]


@pytest.fixture
def watched(monkeypatch):
    """Steps as the penalty's methods see them: gradient, weights before and after, as flat lists."""
    seen = []
    for name in HELD:
        original = METHODS[name].follow

        def follow(self, gradient, before, original=original):
            if not seen or seen[-1][0] != self.steps:
                seen.append((self.steps, flat(gradient), flat(before), flat(self.weights())))
            original(self, gradient, before)

        monkeypatch.setattr(METHODS[name], "follow", follow)
    return seen


# ---- importance ------------------------------------------------------------------------------------------------------


def slow_fisher(steps, interval, fisher):
    for first in range(0, len(steps) - interval + 1, interval):
        chunk = steps[first : first + interval]
        fisher = [0.1 * old + 0.9 * sum(step[1][i] ** 2 for step in chunk) / interval for i, old in enumerate(fisher)]
    return fisher


def test_ewc_plus_plus_by_loops(watched):
    first = learned("ewc_s", TASKS[:1], interval=4)
    fisher = slow_fisher(watched, 4, [0.0] * len(watched[0][1]))
    assert flat(first.known["fisher"]) == pytest.approx(fisher, rel=1e-4, abs=1e-12)
    watched.clear()
    second = learned("ewc_s", TASKS[:2], first.state(), interval=4)
    assert flat(second.known["fisher"]) == pytest.approx(slow_fisher(watched, 4, fisher), rel=1e-4, abs=1e-12)
    low, high = min(fisher), max(fisher)
    expected = [(value - low) / (high - low) for value in fisher]
    assert flat(second.held) == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_path_integral_by_loops(watched):
    def slow(old):
        moved = [last - first for first, last in zip(watched[0][2], watched[-1][3], strict=True)]
        omega = [0.0] * len(moved)
        for _, gradient, before, after in watched:
            for i, g in enumerate(gradient):
                omega[i] -= g * (after[i] - before[i])
        return [o + max(0.0, w / (m * m + 1e-3)) for o, w, m in zip(old, omega, moved, strict=True)]

    first = learned("pi_s", TASKS[:1])
    expected = slow([0.0] * len(watched[0][1]))
    assert flat(first.known["importance"]) == pytest.approx(expected, rel=1e-3, abs=1e-7)
    watched.clear()
    second = learned("pi_s", TASKS[:2], first.state())
    assert flat(second.held) == flat(first.known["importance"])
    assert flat(second.known["importance"]) == pytest.approx(slow(expected), rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("scores", ["released", "paper"])
def test_scores_of_rwalk_by_loops(watched, scores):
    def slow(fisher):
        score = [0.0] * len(fisher)
        for first in (0, 3, 6):
            chunk = watched[first : first + 3]
            fisher = slow_fisher(chunk, 3, fisher)
            for i, f in enumerate(fisher):
                omega = -sum(gradient[i] * (after[i] - before[i]) for _, gradient, before, after in chunk)
                moved = chunk[-1][3][i] - chunk[0][2][i]
                score[i] += max(0.0, omega / (f * moved**2 + 1e-3))
        return fisher, score

    first = learned("rwalk_s", TASKS[:1], interval=3, scores=scores)
    fisher, one = slow([0.0] * len(watched[0][1]))
    assert flat(first.known["score"]) == pytest.approx(one, rel=1e-3, abs=1e-7)
    watched.clear()
    second = learned("rwalk_s", TASKS[:2], first.state(), interval=3, scores=scores)
    _, two = slow(fisher)
    mean = [(a + b) / 2 for a, b in zip(one, two, strict=True)]
    expected = mean if scores == "paper" else [a + m for a, m in zip(one, mean, strict=True)]
    assert flat(second.known["score"]) == pytest.approx(expected, rel=1e-3, abs=1e-7)

    def scaled(values):
        return [(value - min(values)) / (max(values) - min(values)) for value in values]

    weights = [f + s for f, s in zip(scaled(fisher), scaled(one), strict=True)]
    assert flat(second.held) == pytest.approx(weights, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("name", HELD)
def test_the_penalty_is_a_square_without_a_half(name):
    """A step against ``backward`` of cross entropy and penalty, and a plain Adam."""
    often = {} if name == "pi_s" else {"interval": 3}
    before = learned(name, TASKS[:1], **often).state()
    method, twin = (run(begun(name, TASKS[:2], before, strength=7.0, **often), 2) for _ in range(2))
    data = {key: value[:4] for key, value in images(TASKS[1]).items()}
    torch.manual_seed(3)
    found = method.step(data)
    torch.manual_seed(3)
    x, y = twin.mixture(data)
    penalty = sum(
        (7.0 * twin.held[key] * (value - twin.anchor[key]) ** 2).sum() for key, value in twin.network.named_parameters()
    )
    loss = twin.loss(x, y)
    twin.optimiser.zero_grad()
    (loss + penalty).backward()
    twin.optimiser.step()
    assert found["loss"].item() == pytest.approx(loss.item()) and penalty.item() > 0
    assert found["penalty"].item() == pytest.approx(penalty.item(), rel=1e-4)
    for mine, other in zip(method.network.parameters(), twin.network.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_a_penalty_of_ones_own_is_descended(name, monkeypatch):
    """The hooks of Classifier count in every loop: the weights fall as their sum is punished."""
    data = {key: value[:4] for key, value in images(TASKS[0]).items()}

    def pull(method):
        return 1e3 * sum(value.sum() for value in method.network.parameters())

    monkeypatch.setattr(METHODS[name], "penalty", pull)
    method = begun(name, TASKS[:1])
    before = pull(method).item()
    assert method.step(data)["penalty"].item() == before
    assert pull(method).item() < before


def test_normalising_a_constant_is_finite():
    assert normalised({"a": torch.ones(2), "b": torch.ones(3)})["b"].tolist() == [0, 0, 0]


# ---- iCaRL -----------------------------------------------------------------------------------------------------------


def test_distillation_of_icarl_by_loops():
    before = learned("icarl", TASKS[:1]).state()
    method = run(begun("icarl", TASKS[:2], before), 2)
    x, y = torch.rand(5, 1, 4, 4), torch.tensor([2, 3, 0, 1, 2])
    now, then = method.network(x).tolist(), method.teacher(x).tolist()
    total = 0.0
    for outputs, old, label in zip(now, then, y.tolist(), strict=True):
        for k, z in enumerate(outputs):
            p = 1 / (1 + math.exp(-z))
            target = 1 / (1 + math.exp(-old[k])) if k in (0, 1) else float(k == label)
            total -= target * math.log(p) + (1 - target) * math.log(1 - p)
    assert method.loss(x, y).item() == pytest.approx(total / (5 * 7), rel=1e-5)


def test_icarl_takes_the_class_of_the_nearest_mean_of_exemplars():
    method = chain("icarl", TASKS[:2], hidden=8)[-1]
    x = torch.cat([images(task)["x"][:3] for task in TASKS[:2]])
    scores = method.predict(x)
    for row, features in zip(scores.tolist(), method.features(x), strict=True):
        for label in range(4):
            units = [f / f.norm() for f in method.features(method.kept[label])]
            mean = sum(units) / len(units)
            distance = (features / features.norm() - mean / mean.norm()).norm().item()
            assert row[label] == pytest.approx(-distance, abs=1e-3)
        assert row[4:] == [-math.inf] * 3
    head = make("icarl", TASKS[:2], hidden=8, predict_by="head")
    head.restore({2: method.state()})
    assert torch.equal(head.predict(x)[:, :4], method.network(method.views.test(x))[:, :4])


# ---- what is stored --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_some_of_each_class_are_stored_and_go_on(name):
    methods = chain(name, TASKS)
    assert {label: len(x) for label, x in methods[-1].kept.items()} == dict.fromkeys(range(6), 3)
    assert all(torch.equal(methods[-1].kept[label], methods[0].kept[label]) for label in (0, 1))
    known = {tuple(x.flatten().tolist()) for x in images(TASKS[0])["x"][:20]}
    assert {tuple(x.flatten().tolist()) for x in methods[0].kept[0]} <= known


def test_a_total_is_shared_by_all_classes_and_the_last_chosen_go_first():
    methods = chain("icarl", TASKS, per_class=0, memory=13)
    assert [len(method.kept[0]) for method in methods] == [7, 4, 3]
    assert torch.equal(methods[2].kept[0], methods[0].kept[0][:3])


def test_a_step_without_a_penalty_takes_stored_images_too():
    settings = Settings({**CATALOGUE.method("pi_s", "tests").settings, **TINY})
    before = learned("pi_s", TASKS[:1]).state()
    method, twin = (Stored(settings, TASKS[:2], 4, 1, CPU, None) for _ in range(2))
    data = {key: value[:4] for key, value in images(TASKS[1]).items()}
    for one in (method, twin):
        torch.manual_seed(1)
        one.begin(before, images(TASKS[1]))
    torch.manual_seed(3)
    found = method.step(data)
    torch.manual_seed(3)
    x, y = twin.mixture(data)
    assert found["loss"].item() == pytest.approx(twin.loss(x, y).item()) and len(y) == 8 and method.steps == 1


def test_stored_samples_meet_new_ones_in_two_ways():
    before = learned("pi_s", TASKS[:1], per_class=10).state()
    data = {key: value[:4] for key, value in images(TASKS[1]).items()}
    balanced = begun("pi_s", TASKS[:2], before, per_class=10)
    x, y = balanced.mixture(data)
    assert len(x) == 8 and y[:4].tolist() == [2] * 4 and set(y[4:].tolist()) <= {0, 1}
    union = begun("pi_s", TASKS[:2], before, per_class=10, mix="union")
    old = 0
    for seed in range(400):
        torch.manual_seed(seed)
        x, y = union.mixture(data)
        assert len(x) == 4
        old += (y < 2).sum().item()
    assert old / 1600 == pytest.approx(20 / 60, abs=0.04)  # 20 stored beside 40 new ones


@pytest.mark.parametrize("name", METHODS)
def test_classes_not_seen_have_no_score_and_no_gradient(name):
    method = learned(name, TASKS[:1])
    scores = method.predict(images(TASKS[0])["x"])
    assert scores.shape == (40, 7) and scores[:, :2].isfinite().all() and (scores[:, 2:] == -torch.inf).all()
    assert method.snapshot() == {"right": {}}


@pytest.mark.parametrize("name", METHODS)
def test_augmented_images_are_smaller(name):
    """The perceptron takes what is shown: 14 of 16 pixels."""
    method = make(name, TASKS[:1], augment=True)
    method.size = 16
    data = {"x": torch.randint(0, 256, (8, 1, 16, 16), dtype=torch.uint8), "y": torch.tensor([0, 1] * 4)}
    method.begin(None, data)
    method.step({key: value[:4] for key, value in data.items()})
    method.end(data)
    assert method.predict(data["x"]).shape == (8, 7)


@pytest.mark.parametrize("name", METHODS)
def test_it_learns_and_remembers_toy_classes(name):
    """Told apart by where they are bright."""
    slow = {"steps": 150, "hidden": 32, "batch": 16, "per_class": 6, "lr": 3.0e-3, "mix": "balanced"}
    slow |= {} if name == "icarl" else {"strength": 0.01}
    method = chain(name, TASKS, **slow)[-1]
    again = make(name, TASKS, **slow)
    again.restore({3: method.state()})
    right = [(again.predict(images(t)["x"]).argmax(1) == images(t)["y"]).float().mean().item() for t in TASKS]
    assert min(right) >= 0.75, right


# ---- iCaRL for images ------------------------------------------------------------------------------------------------

IMAGES = {"network": "resnet32", "width": 2, "optimiser": "sgd", "lr": 0.5, "pad": 1, "mirrored": True}


def test_the_resnet32_has_the_published_size():
    """0.46 million parameters, 32 layers with weights (He et al., 2016, Table 6), features of 64 numbers."""
    network = ResNet32(3, 16, 10)
    layers = [m for m in network.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    assert len(layers) == 32
    convolutions = 16 * 27 + 10 * 16 * 16 * 9 + (16 * 32 + 9 * 32 * 32) * 9 + (32 * 64 + 9 * 64 * 64) * 9
    norms = 2 * (16 * 11 + 32 * 10 + 64 * 10)
    assert sum(p.numel() for p in network.parameters()) == convolutions + norms + 650 == 464_154
    features = network.eval().features(torch.randn(8, 3, 32, 32))
    assert features.shape == (8, 64) and (features < 0).any()


def test_a_padded_shortcut_drops_pixels_and_appends_zeros():
    block = BasicBlock(2, 4, stride=2, padded=True, last=False).eval()
    with torch.no_grad():
        block.norm_1.weight.zero_()
    x = torch.randn(1, 2, 4, 4)
    made = block(x)
    assert torch.equal(made[:, :2], x[:, :, ::2, ::2]) and (made[:, 2:] == 0).all()


def test_icarl_learns_images_by_the_released_schedule():
    method = learned("icarl", TASKS[:1], **IMAGES)
    second = begun("icarl", TASKS[:2], method.state(), **IMAGES, steps=10)
    rates = []
    for step in range(10):
        torch.manual_seed(step)
        second.step({key: value[:4] for key, value in images(TASKS[1]).items()})
        rates.append(second.optimiser.param_groups[0]["lr"])
    assert rates == pytest.approx([0.5] * 7 + [0.1] * 2 + [0.02])
    assert second.predict(images(TASKS[0])["x"]).shape == (40, 7)


def test_means_of_mirrored_copies():
    method = learned("icarl", TASKS[:1], **IMAGES)
    kept = method.kept[0]
    both = torch.nn.functional.normalize(method.features(torch.cat([kept, kept.flip(3)])), dim=1).mean(0)
    torch.testing.assert_close(method.means()[0], torch.nn.functional.normalize(both, dim=0))


@pytest.mark.parametrize("by", [False, True])
def test_training_images_are_mirrored_at_random(by):
    """New images and exemplars alike, each as a whole; none of them without the setting."""
    first = learned("icarl", TASKS[:1], mix="balanced", mirrored=by)
    method = begun("icarl", TASKS[:2], first.state(), mix="balanced", mirrored=by)
    data, plain = images(TASKS[1]), begun("icarl", TASKS[:2], first.state(), mix="balanced")
    torch.manual_seed(0)
    expected, labels = plain.mixture(data)
    torch.manual_seed(0)
    x, y = method.mixture(data)
    assert len(x) == 80 and torch.equal(y, labels)
    same, turned = ((x == other).flatten(1).all(1) for other in (expected, expected.flip(3)))
    assert (same != turned).all(), "none of these images is symmetric"
    for part in (turned[:40], turned[40:]):
        assert 8 < part.sum() < 32 if by else not part.any()


def test_shifted_images_are_cut_out_of_padded_ones():
    x = torch.arange(1, 10.0).view(1, 1, 3, 3).repeat(50, 1, 1, 1)
    torch.manual_seed(0)
    made = shifted(x, 1)
    known = {tuple(torch.nn.functional.pad(x[:1], (1,) * 4)[0, 0, i : i + 3, j : j + 3].flatten().tolist())
             for i in range(3) for j in range(3)}  # fmt: skip
    assert {tuple(image.flatten().tolist()) for image in made} == known
    assert shifted(x, 0) is x
