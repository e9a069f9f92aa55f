"""Classifiers: the batch rule, labels, Fisher information and penalty, each against the simplest computation."""

from pathlib import Path
from signal import SIGTERM
from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F

from mneme import files
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.methods.classifiers import replay
from mneme.methods.classifiers.classifier import Classifier
from mneme.methods.classifiers.classifier_ewc import ClassifierEwc
from mneme.methods.classifiers.classifier_finetune import ClassifierFinetune
from mneme.methods.classifiers.classifier_joint import ClassifierJoint
from mneme.methods.classifiers.replay import Replay
from mneme.methods.classifiers.views import Views
from mneme.networks.resnet18 import ResNet18
from mneme.probes.curve import measure_curve
from mneme.settings import Settings
from mneme.spec import derive_seed, spec_hash
from mneme.training.job import learn as learn_job
from mneme.training.job import published
from mneme.training.resume import Interrupted, Resume

CPU = torch.device("cpu")
TASKS = [
    Task(1, "two", "toy", (4, 2), (0, 1)),
    Task(2, "one", "toy", (0,), (2,)),
    Task(3, "pair", "toy", (1, 3), (3, 4)),
]
SETTINGS = {
    **{"network": "small", "width": 2, "features": 4, "classes": 6, "augment": False, "batch": 5, "lr": 1e-2},
    **{"threads": 1, "strength": 3.0, "fisher": "sample", "fisher_images": 7},
}


def pictures(task: Task, n: int = 12) -> dict[str, torch.Tensor]:
    """Random images of a task, its classes in turn."""
    generator = torch.Generator().manual_seed(task.index)
    x = torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=generator)
    y = torch.tensor(task.labels).repeat(n)[:n]
    return {"x": x, "y": y, "flip": torch.zeros(n, dtype=torch.bool)}


class Asked:
    """A generator that writes down what it is asked for; an image's first pixel is its label, its second its noise."""

    noise, missed = 3, None

    def __init__(self) -> None:
        self.calls: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    def sample(self, task, labels, z):
        self.calls.append((task.index, labels, z))
        x = torch.zeros(len(z), 1, 8, 8, dtype=torch.uint8)
        x[:, 0, 0, 0], x[:, 0, 0, 1] = labels, (128 + 30 * z[:, 0].clamp(-4, 4)).long()
        return x


def classifier(cls: type[Classifier], replayed=None, **settings) -> Classifier:
    """A classifier that has begun task 3."""
    torch.manual_seed(1)
    made = cls(Settings({**SETTINGS, **settings}), TASKS, 8, 1, CPU, None, replayed)
    made.tests = {task.index: pictures(task, 8) for task in TASKS}
    made.begin(None, pictures(TASKS[2]))
    return made


def batch(n: int = 5) -> dict[str, torch.Tensor]:
    return {name: value[:n] for name, value in pictures(TASKS[2], 15).items() if name != "flip"}


# ---- the batch rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cls, replayed, real, size",
    [
        (ClassifierFinetune, None, 5, 5),
        (ClassifierEwc, None, 5, 5),
        (ClassifierJoint, None, 15, 15),
        (Replay, 3, 5, 15),
    ],
)
def test_a_batch_is_n_of_the_task_and_n_of_each_before_it(cls, replayed, real, size):
    made, seen = classifier(cls, replayed and Asked()), []
    assert made.images_a_step == real
    made.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    made.step(batch(real))
    assert [len(x) for x in seen] == [size]
    assert torch.equal(seen[0][:real], batch(real)["x"].float() / 255)


def test_a_step_is_one_of_adam_on_one_mean_cross_entropy():
    made, twin = classifier(Replay, Asked()), classifier(Replay, Asked())
    made.step(batch())
    replays = twin.past()
    assert [len(x) for x, _ in replays] == [5, 5]
    optimiser = torch.optim.Adam(twin.network.parameters(), lr=1e-2, betas=(0.9, 0.999))
    x = torch.cat([batch()["x"].float() / 255, *(x for x, _ in replays)])
    F.cross_entropy(twin.network(x), torch.cat([batch()["y"], *(y for _, y in replays)])).backward()
    optimiser.step()
    for mine, expected in zip(made.network.parameters(), twin.network.parameters(), strict=True):
        assert torch.allclose(mine, expected, atol=1e-7)


# ---- replays ---------------------------------------------------------------------------------------------------------


def test_a_replay_has_the_label_that_was_asked_for():
    for x, y in classifier(Replay, Asked()).past():
        assert torch.equal((x[:, 0, 0, 0] * 255).round().long(), y)


def test_replays_are_of_the_classes_of_each_earlier_task():
    made = classifier(Replay, Asked())
    drawn = {0: set(), 1: set()}
    for made.steps in range(60):
        for place, (_, y) in enumerate(made.past()):
            drawn[place] |= set(y.tolist())
    assert drawn == {0: {0, 1}, 1: {2}}


def test_noise_is_shared_by_the_tasks_of_a_step_and_new_in_the_next():
    made = classifier(Replay, Asked())
    noises = []
    for made.steps in range(40):
        (first, _), (second, _) = made.past()
        assert torch.equal(first[:, 0, 0, 1], second[:, 0, 0, 1])
        noises.append(first[:, 0, 0, 1])
    assert len(torch.stack(noises).unique(dim=0)) == 40


def test_replays_are_a_function_of_the_step(monkeypatch):
    """Wherever a resumed job comes in, and however few images the generator makes at once."""
    straight, late = classifier(Replay, Asked()), classifier(Replay, Asked())
    for straight.steps in range(21):
        expected = straight.past()
    late.steps = 20
    monkeypatch.setattr(replay, "TOGETHER", 7)
    for mine, theirs in zip(late.past(), expected, strict=True):
        assert all(map(torch.equal, mine, theirs))


def test_replays_that_were_not_drawn_are_logged():
    """One of four images of task 1, and none of task 2; no number of a generator that makes what it is asked for."""

    class Rejecting(Asked):
        def __init__(self):
            super().__init__()
            self.missed = 0

        def sample(self, task, labels, z):
            self.missed += len(z) // 4 if task.index == 1 else 0
            return super().sample(task, labels, z)

    made = classifier(Replay, Rejecting())
    n = 5 * replay.BLOCK
    for _ in range(replay.BLOCK + 1):
        assert made.step(batch())["undrawn"].item() == pytest.approx(n // 4 / (2 * n))
    assert made.replayed.missed == 2 * (n // 4)
    assert "undrawn" not in classifier(Replay, Asked()).step(batch())


def test_the_generator_changes_tasks_once_a_block():
    generator = Asked()
    made = classifier(Replay, generator)
    for made.steps in range(replay.BLOCK):
        made.past()
    assert [index for index, _, _ in generator.calls] == [1, 2]
    assert sum(len(z) for _, _, z in generator.calls) == 2 * replay.BLOCK * 5


# ---- EWC -------------------------------------------------------------------------------------------------------------


def loop_fisher(made: ClassifierEwc, data: dict[str, torch.Tensor], together: int) -> dict[str, torch.Tensor]:
    """Mean of squared gradients, by a loop and backward."""
    sums = {name: torch.zeros_like(value) for name, value in made.network.named_parameters()}
    made.network.eval()
    parts = list(zip(data["x"].split(together), data["y"].split(together), strict=True))
    for x, y in parts:
        made.network.zero_grad()
        F.nll_loss(made.network(x.float() / 255).log_softmax(1), y).backward()
        for name, value in made.network.named_parameters():
            sums[name] += value.grad.square()
    return {name: total / len(parts) for name, total in sums.items()}


def test_fisher_is_the_mean_square_of_single_gradients():
    made, data = classifier(ClassifierEwc, fisher_images=12), pictures(TASKS[2])
    expected = loop_fisher(made, data, 1)
    for name, value in made.information(data).items():
        assert torch.allclose(value, expected[name], rtol=1e-3, atol=1e-5 * expected[name].max().item()), name


def test_fisher_of_batches_is_the_released_one_times_their_size():
    """As released: the gradient of a batch's mean, squared. Here one batch of all, so that its order does not count."""
    made, data = classifier(ClassifierEwc, fisher="batch", batch=12, fisher_images=12), pictures(TASKS[2])
    released = loop_fisher(made, data, 12)
    for name, value in made.information(data).items():
        expected = 12 * released[name]
        assert torch.allclose(value, expected, rtol=1e-3, atol=1e-5 * expected.max().item()), name


def test_fisher_of_a_later_task_is_that_of_its_own_outputs():
    """The gradient of a head's bias is the probability less one at the true label: labels are the stream's.

    With labels counted from 0 within the task, as the released script has them, the largest would be those of task 1.
    """
    made, data = classifier(ClassifierEwc, fisher_images=12), pictures(TASKS[2])
    with torch.no_grad():
        made.network.network.head.weight.zero_()
        made.network.network.head.bias.zero_()
    found = made.information(data)["network.head.bias"]
    p = torch.full((12, 6), 1 / 6)
    expected = (p - F.one_hot(data["y"], 6)).square().mean(0)
    assert torch.allclose(found, expected, rtol=1e-4)
    assert set(found.topk(2).indices.tolist()) == {3, 4}


def test_the_gradient_is_that_of_one_penalty_per_task():
    """lambda / 2 sum_k F_k (theta - theta_k)^2, each task with its own optimum, written out."""
    made, terms = classifier(ClassifierEwc), []
    for index in range(3):
        with torch.no_grad():
            for value in made.network.parameters():
                value += 0.1 * torch.randn_like(value)
        data = pictures(TASKS[index])
        terms.append(
            (made.information(data), {name: value.detach().clone() for name, value in made.network.named_parameters()})
        )
        made.end(data)
    with torch.no_grad():
        for value in made.network.parameters():
            value += 0.1
    weights = dict(made.network.named_parameters())
    literal = sum((F_k[name] * (weights[name] - here[name]).square()).sum() for F_k, here in terms for name in weights)
    expected = torch.autograd.grad(3.0 / 2 * literal, list(weights.values()))
    found = torch.autograd.grad(made.penalty(), list(weights.values()))
    for name, mine, theirs in zip(weights, found, expected, strict=True):
        assert torch.allclose(mine, theirs, rtol=1e-4, atol=1e-5 * theirs.abs().max().item()), name


def test_there_is_no_penalty_on_the_first_task_and_a_checkpoint_brings_it_back():
    made = classifier(ClassifierEwc)
    assert made.penalty() is None and "penalty" not in made.step(batch())
    made.end(pictures(TASKS[2]))
    later = classifier(ClassifierEwc)
    later.begin(made.state(), pictures(TASKS[2]))
    assert later.penalty() == 0
    later.step(batch())
    assert later.penalty() > 0


# ---- what the network sees, and what it is ---------------------------------------------------------------------------


def test_released_views():
    views, x = Views(64, True), pictures(TASKS[0])["x"].repeat(1, 3, 8, 8)
    assert views.shown == 56 == round(224 / 256 * 64)
    assert torch.equal(views.test(x), x[..., 4:60, 4:60].float() / 255)
    assert views.replay(x).shape == (12, 3, 56, 56) and views.replay(x).max() <= 1
    torch.manual_seed(0)
    first, second = views.train(x), views.train(x)
    assert first.shape == (12, 3, 56, 56) and not torch.equal(first, second)
    torch.manual_seed(0)
    assert torch.equal(views.train(x), first)
    assert not torch.equal(views.train(x[:1].expand(2, -1, -1, -1))[0], views.train(x[:1])[0])  # each its own


@pytest.mark.parametrize("size, stem", [(32, (3, 1)), (128, (7, 2))])
def test_resnet_18(size, stem):
    made = ResNet18(size, 6)
    conv = made.network.conv1
    assert (conv.kernel_size[0], conv.stride[0]) == stem
    assert sum(p.numel() for p in made.parameters()) == 11_176_512 + 513 * 6 - (9408 - conv.weight.numel())
    assert made.eval()(torch.rand(2, 1, size, size)).shape == (2, 6)


def test_the_published_network_learns_views_and_has_a_fisher_information():
    """Batch norm trains on the whole batch, replays included, and stands still for the information."""
    tasks = [Task(1, "a", "toy", (0,), (0,)), Task(2, "b", "toy", (1,), (1,))]
    values = {**SETTINGS, "network": "resnet18", "augment": True, "fisher_images": 3, "batch": 2}
    data = {"x": torch.randint(0, 256, (4, 3, 32, 32), dtype=torch.uint8), "y": torch.ones(4, dtype=torch.long)}
    torch.manual_seed(0)
    made = ClassifierEwc(Settings(values), tasks, 32, 3, CPU, None)
    made.begin(None, data)
    before = made.network.network.bn1.running_mean.clone()
    made.step({name: value[:2] for name, value in data.items()})
    after = made.network.network.bn1.running_mean.clone()
    assert not torch.equal(before, after)
    found = made.information(data)
    assert torch.equal(made.network.network.bn1.running_mean, after)
    sums = {name: torch.zeros_like(value) for name, value in made.network.named_parameters()}
    chosen = torch.randperm(4, generator=torch.Generator().manual_seed(derive_seed(made.seed, "fisher")))[:3]
    made.network.eval()
    for index in chosen:
        made.network.zero_grad()
        x = data["x"][index : index + 1, :, 2:30, 2:30].float() / 255
        F.cross_entropy(made.network(x), data["y"][index : index + 1]).backward()
        for name, value in made.network.named_parameters():
            sums[name] += value.grad.square()
    for name, total in sums.items():
        assert torch.allclose(found[name], total / 3, rtol=1e-3, atol=1e-7 + 1e-3 * total.max().item()), name


def test_published_weights_are_checked_and_laid_in(tmp_path):
    from torchvision.models import resnet18

    torch.manual_seed(5)
    path, weights = tmp_path / "resnet18.pth", resnet18().state_dict()
    torch.save(weights, path)
    checksum = f"sha256:{files.sha256(path)}"
    values = Settings({**SETTINGS, "network": "resnet18"})
    for size, same in ((128, True), (32, False)):  # a small stem is another layer
        made = ClassifierFinetune(values, TASKS[:1], size, 3, CPU, None)
        made.pretrained = published(path, checksum)
        made.begin(None, {})
        own = made.network.network.state_dict()
        assert torch.equal(own["layer4.1.conv2.weight"], weights["layer4.1.conv2.weight"])
        assert torch.equal(own["bn1.running_mean"], weights["bn1.running_mean"])
        assert (own["conv1.weight"].shape == weights["conv1.weight"].shape) == same
        assert own["fc.weight"].shape == (6, 512)
    learned = made.state()
    learned["network"]["network.bn1.running_mean"] += 1
    made.begin(learned, {})  # a later task goes on from the one before, whatever is published
    assert torch.equal(made.network.network.bn1.running_mean, weights["bn1.running_mean"] + 1)
    with pytest.raises(UserError, match="its hash is"):
        published(path, "sha256:0")
    with pytest.raises(UserError, match="no such file; set resnet18_weights"):
        published(tmp_path / "absent.pth", checksum)


def test_a_snapshot_counts_images_given_their_own_class_among_all():
    made = classifier(ClassifierFinetune)
    with torch.no_grad():
        made.network.network.head.weight.zero_()
        made.network.network.head.bias.copy_(torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0, 0.0]))  # always class 1
    assert made.snapshot() == {"right": {1: 4, 2: 0, 3: 0}}


# ---- one job ---------------------------------------------------------------------------------------------------------


def spec(task: int, module: str = "classifier_finetune", steps: int = 16, **settings) -> dict:
    before = spec_hash(spec(task - 1, module, steps, **settings)) if task > 1 and module != "classifier_joint" else None
    return {
        **{"job": "train", "stream": "toys", "module": f"mneme.methods.classifiers.{module}", "seed": 0},
        **{"size": 8, "channels": 1, "tasks": [one.to_dict() for one in TASKS[:task]]},
        **{"settings": {**SETTINGS, **settings}, "steps": steps, "snapshots": [5, 10, steps], "threads": 1},
        **{"data": {"toy": "prepared"}, "previous": before, "chain": None, "weights": None},
    }


@pytest.fixture
def data(tmp_path) -> dict[str, Path]:
    """A prepared dataset of five classes that differ in brightness."""
    y = torch.arange(100) % 5
    noise = torch.randint(0, 20, (100, 1, 8, 8), generator=torch.Generator().manual_seed(0))
    x = (noise + 50 * y.view(-1, 1, 1, 1)).to(torch.uint8)
    path = tmp_path / "toy.pt"
    known = {"spec": "prepared", "classes": list("abcde")}
    files.save(path, {**known, "x_train": x, "y_train": y, "x_test": x[:40], "y_test": y[:40]})
    return {"toy": path}


def learn(folder: Path, data: dict[str, Path], task: int, **options) -> Path:
    """Run a job, from the checkpoint before; returns its folder."""
    resume = options.pop("resume", None) or Resume(folder / f".resume-{task}", "x", 1e9)
    one = spec(task, **options)
    before = folder / f"checkpoint{task - 1}" if one["previous"] else None
    outputs = {name: folder / f"{name}{task}" for name in ("checkpoint", "snapshots", "losses")}
    with patch.object(Resume, "of_job", return_value=resume):
        learn_job(one, data=data, previous=before, device=CPU, **outputs)
    return folder


def counted(folder: Path, data: dict[str, Path], task: int, **options) -> list[dict]:
    """Rows of the curve table."""
    chain, learned = spec(task, **options), [one.to_dict() for one in TASKS[:task]]
    asked = {"job": "curve", "stream": "toys", "method": "m", "seed": 0, "checkpoint": task, "threads": 1}
    asked |= {"chain": chain, "task": learned[-1], "learned": learned, "measures": [], "n": None}
    measure_curve(asked, data=data, snapshots=folder / f"snapshots{task}", device=CPU, rows=folder / f"rows{task}")
    return files.read_json(folder / f"rows{task}")


def test_rows_of_a_job(data, tmp_path):
    """Of every snapshot the accuracy on each task so far."""
    rows = counted(learn(tmp_path, data, 1), data, 1)
    assert [row["step"] for row in rows] == [5, 10, 16]
    assert {row["task"] for row in rows} == {1} and {row["n"] for row in rows} == {16}
    rows = counted(learn(tmp_path, data, 2), data, 2)
    assert [(row["task"], row["step"]) for row in rows] == [(task, step) for task in (1, 2) for step in (5, 10, 16)]
    assert {(row["status"], row["metric"], row["extractor"]) for row in rows} == {("ok", "test_accuracy", "method")}
    checkpoint = torch.load(tmp_path / "checkpoint2", weights_only=True)
    assert checkpoint["status"] == {"state": "ok", "step": 16, "reason": ""}
    assert checkpoint["parameters"] == sum(value.numel() for value in checkpoint["state"]["network"].values())
    right = files.load(tmp_path / "snapshots2", "steps")["steps"]
    assert set(right) == {5, 10, 16}
    for row in rows:
        assert row["value"] == right[row["step"]]["right"][row["task"]] / row["n"]


def test_joint_training_draws_from_the_union_of_the_tasks(data, tmp_path):
    """n a task; of 100 images each three times in 20 steps of 15."""
    seen, step = [], ClassifierJoint.step

    def spied(self, images):
        seen.append(images["y"].clone())
        return step(self, images)

    with patch.object(ClassifierJoint, "step", spied):
        learn(tmp_path, data, 3, module="classifier_joint", steps=20)
    assert [len(y) for y in seen] == [15] * 20
    assert torch.cat(seen).bincount(minlength=6).tolist() == [60, 60, 60, 60, 60, 0]


def test_fine_tuning_forgets_what_joint_training_keeps(data, tmp_path):
    """Five classes by their brightness; enough steps for each."""
    last, enough = {}, {"steps": 300, "width": 8, "features": 16}
    for module in ("classifier_finetune", "classifier_joint"):
        for task in (1, 2, 3) if module == "classifier_finetune" else (3,):
            learn(tmp_path / module, data, task, module=module, **enough)
        rows = counted(tmp_path / module, data, 3, module=module, **enough)
        last[module] = {row["task"]: row["value"] for row in rows if row["step"] == 300}
    assert last["classifier_finetune"] == {1: 0.0, 2: 0.0, 3: 1.0}
    assert min(last["classifier_joint"].values()) > 0.9


def test_a_killed_job_ends_in_the_same_bytes(data, tmp_path):
    class Impatient(Resume):
        def due(self) -> bool:
            self.asked_by = SIGTERM
            return True

    learn(tmp_path / "a", data, 1, module="classifier_ewc")
    stops = 0
    while not (tmp_path / "b/checkpoint1").exists():
        try:
            resume = Impatient(tmp_path / "b/.resume", "x", 0.0)
            learn(tmp_path / "b", data, 1, module="classifier_ewc", resume=resume)
        except Interrupted:
            stops += 1
    assert stops == 15
    for name in ("checkpoint1", "snapshots1", "losses1"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert not (tmp_path / "b/.resume").exists()


def test_a_task_after_a_diverged_one_is_missing(data, tmp_path):
    learn(tmp_path, data, 1, lr=1e30)
    first = torch.load(tmp_path / "checkpoint1", weights_only=True)["status"]
    assert first["state"] == "diverged"
    learn(tmp_path, data, 2, lr=1e30)
    status = torch.load(tmp_path / "checkpoint2", weights_only=True)["status"]
    assert (status["state"], status["step"]) == ("diverged", 0)
    rows = counted(tmp_path, data, 2, lr=1e30)
    assert len(rows) == 6
    assert all(row["value"] is None and row["status"] == "diverged" for row in rows)
