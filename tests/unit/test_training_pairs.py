"""Batches of tasks with given images: one cut and flip for both halves, two orders for two sets, exact resume."""

from signal import SIGTERM
from types import SimpleNamespace

import pytest
import torch

from mneme import files
from mneme.data.stream import Task
from mneme.training.job import training_images, why_collapsed
from mneme.training.loop import draw, train, varied
from mneme.training.resume import Resume

CPU = torch.device("cpu")
PAIRED = Task(1, "t", "d", (0,), (0,), flip=True, kind="paired", given="d")
UNPAIRED = Task(1, "t", "d", (0,), (0,), flip=True, kind="unpaired", given="d")


def indexed(n: int, side: int = 6) -> torch.Tensor:
    """Images that name their pixels: number of the image, row and column in three channels."""
    row, column = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    number = torch.arange(n).view(-1, 1, 1).expand(-1, side, side)
    return torch.stack([number, row.expand_as(number), column.expand_as(number)], 1).to(torch.uint8)


def paired(n: int = 64) -> dict[str, torch.Tensor]:
    labels = torch.zeros(n, dtype=torch.int64)
    return {"x": indexed(n), "a": indexed(n) + 100, "y": labels, "flip": torch.ones(n, dtype=torch.bool)}


def unpaired(n: int = 64, m: int = 90) -> dict[str, torch.Tensor]:
    return {**paired(n), "a": indexed(m), "flip_a": torch.ones(m, dtype=torch.bool)}


def places(x: torch.Tensor) -> list[tuple[int, int, bool]]:
    """Row and column of the first pixel of each cut of :func:`indexed`, and whether it is mirrored."""
    return [(*image[1:, 0, 0].tolist(), bool(image[2, 0, 0] > image[2, 0, -1])) for image in x]


def test_a_pair_has_one_cut_and_one_flip():
    torch.manual_seed(0)
    batch = draw(paired(), torch.arange(64), CPU, 4)
    assert batch["x"].shape == batch["a"].shape == (64, 3, 4, 4)
    assert torch.equal(batch["a"], batch["x"] + 100)
    seen = set(places(batch["x"]))
    assert {flipped for *_, flipped in seen} == {True, False} and len(seen) > 12
    for image in batch["x"]:  # whole rectangles of neighbours
        assert torch.equal(image[1].diff(dim=0), torch.ones(3, 4, dtype=torch.uint8))


def test_every_place_is_cut_as_often():
    torch.manual_seed(0)
    (x,) = varied([indexed(1).expand(9000, -1, -1, -1)], torch.zeros(9000, dtype=torch.bool), 4)
    counts = torch.bincount(3 * x[:, 1, 0, 0].long() + x[:, 2, 0, 0].long())
    assert len(counts) == 9 and (counts - 1000).abs().max() < 150


def test_two_sets_are_cut_and_mirrored_on_their_own():
    torch.manual_seed(0)
    batch = draw(unpaired(), torch.arange(64), CPU, 4, torch.arange(64))
    apart = sum(one != other for one, other in zip(places(batch["x"]), places(batch["a"]), strict=True))
    assert apart > 48


def test_labels_alone_draw_as_before():
    """The numbers drawn for mirroring are those of a batch without given images."""
    data = {name: tensor for name, tensor in paired().items() if name != "a"}
    for size in (None, 6):
        torch.manual_seed(3)
        batch = draw(data, torch.arange(64), CPU, size)
        torch.manual_seed(3)
        flipped = torch.rand(64) < 0.5
        assert [mirrored for *_, mirrored in places(batch["x"])] == flipped.tolist() and "a" not in batch


class Recorder:
    """A method that keeps what it is shown."""

    device, size, PROGRESS = CPU, 4, ()

    def __init__(self, stop_after: int | None = None, resume: Resume | None = None) -> None:
        self.batches, self.stop_after, self.resume_of_job = [], stop_after, resume

    def step(self, batch):
        self.batches.append({name: tensor.clone() for name, tensor in batch.items()})
        if self.stop_after == len(self.batches):
            self.resume_of_job.asked_by = SIGTERM
        return {"loss": batch["x"].float().mean()}

    def progress(self):
        return {}

    def resume(self, progress):
        pass


@pytest.mark.parametrize("data", [paired(20), unpaired(20, 33)], ids=["paired", "unpaired"])
def test_a_resumed_run_sees_the_same_batches(tmp_path, data):
    def run(folder: str, stop_after: int | None = None) -> list[dict[str, torch.Tensor]]:
        resume = Resume(tmp_path / folder, "aaaa", 100)
        method = Recorder(stop_after, resume)
        try:
            train(method, data, steps=9, batch=8, seed=("a",), snapshots=[], resume=resume)
        except SystemExit:
            resume.release()
        return method.batches

    whole = run("whole")
    parts = run("parts", stop_after=4) + run("parts")
    assert len(whole) == len(parts) == 9
    for one, other in zip(whole, parts, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in ("x", "y", "a"))


class Breaking(Recorder):
    """From step 5 on its losses are not finite, or its weights alone."""

    def __init__(self, weights: bool) -> None:
        super().__init__()
        self.weights = weights

    def step(self, batch):
        losses = super().step(batch)
        return losses if self.weights or len(self.batches) < 5 else {"loss": torch.tensor(torch.nan)}

    def snapshot(self):
        return {"weights": [torch.tensor(torch.inf if self.weights and len(self.batches) >= 5 else 0.0)]}


@pytest.mark.parametrize("weights, what", [(False, "a loss"), (True, "the model")])
def test_no_snapshot_holds_numbers_that_are_not_finite(tmp_path, weights, what):
    """A step between those whose losses are reported, every third of 300."""
    resume = Resume(tmp_path / "r", "aaaa", 100)
    options = {"steps": 300, "batch": 8, "seed": ("a",), "snapshots": [4, 5], "resume": resume}
    status = train(Breaking(weights), paired(20), **options)
    assert status == {"state": "diverged", "step": 5, "reason": f"{what} is not finite at step 5"}
    assert [resume.snapshot_path(step).exists() for step in (4, 5)] == [True, False]


def test_two_sets_have_orders_of_their_own(tmp_path):
    method = Recorder()
    resume = Resume(tmp_path / "r", "aaaa", 100)
    train(method, unpaired(32, 48), steps=12, batch=8, seed=("a",), snapshots=[], resume=resume)
    x, a = (torch.cat([batch[name][:, 0, 0, 0] for batch in method.batches]) for name in ("x", "a"))
    assert sorted(x[:32].tolist()) == list(range(32)) and sorted(a[:48].tolist()) == list(range(48))
    assert x[:32].tolist() != [number for number in a.tolist() if number < 32][:32]


def test_training_images_of_tasks_that_translate(tmp_path):
    y = torch.tensor([0, 1, 0])
    given = {"x_train": indexed(5), "y_train": torch.zeros(5, dtype=torch.int64), "classes": ["g"]}
    files.save(tmp_path / "g.pt", given)
    files.save(tmp_path / "d.pt", {"x_train": indexed(3), "a_train": indexed(3), "y_train": y, "classes": ["p", "q"]})
    paths = {"d": tmp_path / "d.pt", "g": tmp_path / "g.pt"}
    tasks = [Task(t, "t", "d", (c,), (c,), flip=c == 1, kind="paired", given="d") for t, c in ((1, 0), (2, 1))]
    real = training_images(tasks, paths, 3)
    assert torch.equal(real["a"], real["x"]) and real["flip"].tolist() == [False, False, True]
    assert "flip_a" not in real
    tasks = [Task(t, "t", "d", (c,), (c,), kind="unpaired", given="g") for t, c in ((1, 0), (2, 1))]
    real = training_images(tasks, paths, 3)
    assert len(real["x"]) == 3 and torch.equal(real["a"], indexed(5)), "shared images are held once"
    assert real["flip_a"].tolist() == [False] * 5


class Translator:
    """Gives back what it is given, or one picture for all."""

    CONDITIONAL, GIVES, device, size, noise = False, ("images",), CPU, 4, 2

    def __init__(self, task: Task, deaf: bool = False) -> None:
        self.task, self.deaf, self.asked = task, deaf, []

    def restore(self, states):
        pass

    def sample(self, task, given, z):
        self.asked.append((given.shape, z.shape))
        return given[:1].expand_as(given) if self.deaf else given


@pytest.mark.parametrize("task, data", [(PAIRED, paired(80)), (UNPAIRED, unpaired(80, 70))])
def test_a_translator_that_does_not_look_has_collapsed(task, data):
    method = Translator(task)
    assert why_collapsed(method, {}, ("a",), data) == ""
    assert method.asked == [((64, 3, 4, 4), (1, 2))]
    assert why_collapsed(Translator(task, deaf=True), {}, ("a",), data).endswith("differ by 0 grey levels only")


def test_what_gives_no_images_cannot_collapse():
    assert why_collapsed(SimpleNamespace(GIVES=("predictions",)), {}, ("a",), {}) == ""
