"""Solvers: the batch rule, labels, Fisher information and penalty, each against the simplest computation."""

from pathlib import Path
from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F

from mneme import files
from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.settings import Settings
from mneme.solvers import network, replay
from mneme.solvers.ewc import Ewc
from mneme.solvers.finetune import Finetune
from mneme.solvers.job import solve as solve_job
from mneme.solvers.joint import Joint
from mneme.solvers.replay import Replay
from mneme.solvers.solver import Solver
from mneme.solvers.views import Views
from mneme.spec import derive_seed, spec_hash
from mneme.training.resume import Resume
from mneme.training.sampler import EpochSampler

ROOT = Path(__file__).parents[2]
CPU = torch.device("cpu")
TASKS = [
    Task(1, "two", "toy", (4, 2), (0, 1)),
    Task(2, "one", "toy", (0,), (2,)),
    Task(3, "pair", "toy", (1, 3), (3, 4)),
]
SEED = (0, "toys", "solver", 3)
SETTINGS = {
    **{"network": "small", "width": 2, "features": 4, "classes": 6, "augment": False, "steps": 16, "batch": 5},
    **{"lr": 1e-2, "test_every": 2, "threads": 1, "strength": 3.0, "fisher": "sample", "fisher_images": 7},
}


def pictures(task: Task, n: int = 12) -> dict[str, torch.Tensor]:
    """Random images of a task, its classes in turn."""
    generator = torch.Generator().manual_seed(task.index)
    x = torch.randint(0, 256, (n, 1, 8, 8), dtype=torch.uint8, generator=generator)
    y = torch.tensor(task.labels).repeat(n)[:n]
    return {"x": x, "y": y, "flip": torch.zeros(n, dtype=torch.bool)}


class Asked:
    """A generator that writes down what it is asked for; an image's first pixel is its label, its second its noise."""

    noise = 3

    def __init__(self) -> None:
        self.calls: list[tuple[int, torch.Tensor, torch.Tensor]] = []

    def sample(self, task, labels, z):
        self.calls.append((task.index, labels, z))
        x = torch.zeros(len(z), 1, 8, 8, dtype=torch.uint8)
        x[:, 0, 0, 0], x[:, 0, 0, 1] = labels, (128 + 30 * z[:, 0].clamp(-4, 4)).long()
        return x


def solver(cls: type[Solver], past=None, **settings) -> Solver:
    torch.manual_seed(1)
    tests = {task.index: pictures(task, 8) for task in TASKS}
    made = cls(Settings({**SETTINGS, **settings}), TASKS, 8, 1, CPU, SEED, tests, past)
    made.begin(None)
    return made


def batch(n: int = 5) -> dict[str, torch.Tensor]:
    return {name: value[:n] for name, value in pictures(TASKS[2]).items() if name != "flip"}


# ---- the batch rule --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cls, past, size",
    [
        (Finetune, None, 5),
        (Ewc, None, 5),
        (Joint, {task.index: pictures(task) for task in TASKS[:2]}, 15),
        (Replay, Asked(), 15),
    ],
)
def test_a_batch_is_n_of_the_task_and_n_of_each_before_it(cls, past, size):
    made, seen = solver(cls, past), []
    made.network.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    made.step(batch())
    assert [len(x) for x in seen] == [size]
    assert torch.equal(seen[0][:5], batch()["x"].float() / 255)


def test_a_step_is_one_of_adam_on_one_mean_cross_entropy():
    past = {task.index: pictures(task) for task in TASKS[:2]}
    made, twin = solver(Joint, past), solver(Joint, past)
    made.step(batch())
    parts = [batch()]
    for index, images in past.items():
        chosen = EpochSampler(12, 5, (*SEED, "past", index)).indices(0)
        parts.append({name: images[name][chosen] for name in ("x", "y")})
    optimiser = torch.optim.Adam(twin.network.parameters(), lr=1e-2, betas=(0.9, 0.999))
    x = torch.cat([part["x"] for part in parts]).float() / 255
    F.cross_entropy(twin.network(x), torch.cat([part["y"] for part in parts])).backward()
    optimiser.step()
    for mine, expected in zip(made.network.parameters(), twin.network.parameters(), strict=True):
        assert torch.allclose(mine, expected, atol=1e-7)


# ---- replays ---------------------------------------------------------------------------------------------------------


def test_a_replay_has_the_label_that_was_asked_for():
    for x, y in solver(Replay, Asked()).past():
        assert torch.equal((x[:, 0, 0, 0] * 255).round().long(), y)


def test_replays_are_of_the_classes_of_each_earlier_task():
    made = solver(Replay, Asked())
    drawn = {0: set(), 1: set()}
    for made.steps in range(60):
        for place, (_, y) in enumerate(made.past()):
            drawn[place] |= set(y.tolist())
    assert drawn == {0: {0, 1}, 1: {2}}


def test_noise_is_shared_by_the_tasks_of_a_step_and_new_in_the_next():
    made = solver(Replay, Asked())
    noises = []
    for made.steps in range(40):
        (first, _), (second, _) = made.past()
        assert torch.equal(first[:, 0, 0, 1], second[:, 0, 0, 1])
        noises.append(first[:, 0, 0, 1])
    assert len(torch.stack(noises).unique(dim=0)) == 40


def test_replays_are_a_function_of_the_step(monkeypatch):
    """Wherever a resumed job comes in, and however few images the generator makes at once."""
    straight, late = solver(Replay, Asked()), solver(Replay, Asked())
    for straight.steps in range(21):
        expected = straight.past()
    late.steps = 20
    monkeypatch.setattr(replay, "TOGETHER", 7)
    for mine, theirs in zip(late.past(), expected, strict=True):
        assert all(map(torch.equal, mine, theirs))


def test_the_generator_changes_tasks_once_a_block():
    generator = Asked()
    made = solver(Replay, generator)
    for made.steps in range(replay.BLOCK):
        made.past()
    assert [index for index, _, _ in generator.calls] == [1, 2]
    assert sum(len(z) for _, _, z in generator.calls) == 2 * replay.BLOCK * 5


# ---- EWC -------------------------------------------------------------------------------------------------------------


def loop_fisher(made: Ewc, data: dict[str, torch.Tensor], together: int) -> dict[str, torch.Tensor]:
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
    made, data = solver(Ewc, fisher_images=12), pictures(TASKS[2])
    expected = loop_fisher(made, data, 1)
    for name, value in made.information(data).items():
        assert torch.allclose(value, expected[name], rtol=1e-3, atol=1e-5 * expected[name].max().item()), name


def test_fisher_of_batches_is_the_released_one_times_their_size():
    """As released: the gradient of a batch's mean, squared. Here one batch of all, so that its order does not count."""
    made, data = solver(Ewc, fisher="batch", batch=12, fisher_images=12), pictures(TASKS[2])
    released = loop_fisher(made, data, 12)
    for name, value in made.information(data).items():
        expected = 12 * released[name]
        assert torch.allclose(value, expected, rtol=1e-3, atol=1e-5 * expected.max().item()), name


def test_fisher_of_a_later_task_is_that_of_its_own_outputs():
    """The gradient of a head's bias is the probability less one at the true label: labels are the stream's.

    With labels counted from 0 within the task, as the released script has them, the largest would be those of task 1.
    """
    made, data = solver(Ewc, fisher_images=12), pictures(TASKS[2])
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
    made, terms = solver(Ewc), []
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
    made = solver(Ewc)
    assert made.penalty() is None and "penalty" not in made.step(batch())
    made.end(pictures(TASKS[2]))
    later = solver(Ewc)
    later.begin(made.state())
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
    made = network.build(Settings({**SETTINGS, "network": "resnet18"}), size, 1)
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
    made = Ewc(Settings(values), tasks, 32, 3, CPU, SEED, {}, None)
    made.begin(None)
    before = made.network.network.bn1.running_mean.clone()
    made.step({name: value[:2] for name, value in data.items()})
    after = made.network.network.bn1.running_mean.clone()
    assert not torch.equal(before, after)
    found = made.information(data)
    assert torch.equal(made.network.network.bn1.running_mean, after)
    sums = {name: torch.zeros_like(value) for name, value in made.network.named_parameters()}
    chosen = torch.randperm(4, generator=torch.Generator().manual_seed(derive_seed(*SEED, "fisher")))[:3]
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
    path, published = tmp_path / "resnet18.pth", resnet18().state_dict()
    torch.save(published, path)
    checksum = f"sha256:{files.sha256(path)}"
    for size, same in ((128, True), (32, False)):  # a small stem is another layer
        made = network.build(Settings({**SETTINGS, "network": "resnet18"}), size, 3)
        network.pretrain(made, path, checksum)
        own = made.network.state_dict()
        assert torch.equal(own["layer4.1.conv2.weight"], published["layer4.1.conv2.weight"])
        assert torch.equal(own["bn1.running_mean"], published["bn1.running_mean"])
        assert (own["conv1.weight"].shape == published["conv1.weight"].shape) == same
        assert own["fc.weight"].shape == (6, 512)
    with pytest.raises(UserError, match="its hash is"):
        network.pretrain(made, path, "sha256:0")
    with pytest.raises(UserError, match="no such file; set resnet18_weights"):
        network.pretrain(made, tmp_path / "absent.pth", checksum)


def test_test_accuracy_counts_an_images_own_class_among_all():
    made = solver(Finetune)
    with torch.no_grad():
        made.network.network.head.weight.zero_()
        made.network.network.head.bias.copy_(torch.tensor([0.0, 1.0, 0.0, 0.0, 0.0, 0.0]))  # always class 1
    assert made.snapshot() == {1: 4, 2: 0, 3: 0}


# ---- one job ---------------------------------------------------------------------------------------------------------


def spec(task: int, module: str = "finetune", **settings) -> dict:
    values = {**SETTINGS, **settings}
    before = spec_hash(spec(task - 1, module, **settings)) if task > 1 else None
    return {
        **{"job": "solve", "stream": "toys", "solver": module, "module": module, "seed": 0, "size": 8, "channels": 1},
        **{"tasks": [one.to_dict() for one in TASKS[:task]], "settings": values, "threads": 1},
        "data": {"toy": "prepared"},
        **{"previous": before, "weights": None, "chain": None},
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


def solve(folder: Path, data: dict[str, Path], task: int, previous: Path | None = None, **options) -> Path:
    """Run a job; returns its folder."""
    resume = options.pop("resume", None) or Resume(folder / f".resume-{task}", "x", 1000.0)
    one = spec(task, **options)
    outputs = {name: folder / f"{name}{task}" for name in ("checkpoint", "rows", "losses")}
    with patch.object(Resume, "of_job", return_value=resume):
        solve_job(one, data=data, previous=previous, device=CPU, **outputs)
    return folder


def test_rows_of_a_job(data, tmp_path):
    """16 steps, tested after 2, 4, ..., 16; 5 do not divide 16."""
    rows = files.read_json(solve(tmp_path, data, 1) / "rows1")
    assert [row["step"] for row in rows] == list(range(2, 17, 2)) and {row["steps"] for row in rows} == {16}
    assert {row["task"] for row in rows} == {1} and {row["n"] for row in rows} == {16}
    rows = files.read_json(solve(tmp_path, data, 2, tmp_path / "checkpoint1") / "rows2")
    assert [(row["step"], row["task"]) for row in rows[-2:]] == [(16, 1), (16, 2)]
    assert all(row["status"] == "ok" and row["spec"] == spec_hash(spec(2)) for row in rows)
    checkpoint = torch.load(tmp_path / "checkpoint2", weights_only=True)
    assert checkpoint["status"] == {"state": "ok", "step": 16, "reason": ""}
    rows = files.read_json(solve(tmp_path / "other", data, 1, test_every=5) / "rows1")
    assert [row["step"] for row in rows] == [5, 10, 15, 16]


def test_fine_tuning_forgets_what_joint_training_keeps(data, tmp_path):
    """Five classes by their brightness; enough steps for each."""
    last, enough = {}, {"steps": 300, "width": 8, "features": 16, "test_every": 1000}
    for name in ("finetune", "joint"):
        folder, options = tmp_path / name, {"module": name, **enough}
        for task in (1, 2, 3):
            solve(folder, data, task, folder / f"checkpoint{task - 1}" if task > 1 else None, **options)
        last[name] = {row["task"]: row["value"] for row in files.read_json(folder / "rows3")[-3:]}
    assert last["finetune"] == {1: 0.0, 2: 0.0, 3: 1.0}
    assert min(last["joint"].values()) > 0.9


def test_a_killed_job_ends_in_the_same_bytes(data, tmp_path):
    from mneme.training.resume import Interrupted

    class Impatient(Resume):
        def due(self) -> bool:
            self.asked_to_stop = True
            return True

    solve(tmp_path / "a", data, 1, module="ewc")
    stops = 0
    while not (tmp_path / "b/checkpoint1").exists():
        try:
            solve(tmp_path / "b", data, 1, module="ewc", resume=Impatient(tmp_path / "b/.resume", "x", 0.0))
        except Interrupted:
            stops += 1
    assert stops == 15
    for name in ("checkpoint1", "rows1", "losses1"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    assert not (tmp_path / "b/.resume").exists()


def test_a_task_after_a_diverged_one_is_missing(data, tmp_path):
    solve(tmp_path, data, 1, lr=1e30)
    first = torch.load(tmp_path / "checkpoint1", weights_only=True)["status"]
    assert first["state"] == "diverged"
    solve(tmp_path, data, 2, tmp_path / "checkpoint1", lr=1e30)
    status = torch.load(tmp_path / "checkpoint2", weights_only=True)["status"]
    assert (status["state"], status["step"]) == ("diverged", 0)
    assert all(row["value"] is None and row["status"] == "diverged" for row in files.read_json(tmp_path / "rows2"))


def test_the_code_reads_the_settings_that_the_files_declare():
    """Every declared setting has a use, every use a setting."""
    source = "".join(path.read_text() for path in (ROOT / "src/mneme/solvers").glob("*.py"))
    catalogue = Catalogue({"experiments": ["x"]}, ROOT / "config")
    for solver in catalogue.names("solvers"):
        declared = catalogue.solver(solver, "tests").settings
        unused = [name for name in declared if f"settings.{name}" not in source and f'settings["{name}"]' not in source]
        assert unused == ["threads"], solver
    assert set(SETTINGS) == set(catalogue.solver("ewc", "tests").settings)
