"""A trained model outside the pipeline: the images are those of the model, and what is missing is said."""

import subprocess
import sys

import pytest
import torch
from toy_chains import ROOT, SOURCE, STREAMS, learn_task

import mneme
from mneme import files, lineage
from mneme.errors import UserError
from mneme.spec import spec_hash

TASKS = STREAMS["one class"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Four classes of twelve images, told apart by their brightness."""
    y = torch.arange(48) % 4
    x = (40 + 50 * y).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).to(torch.uint8).contiguous()
    path = tmp_path_factory.mktemp("data") / "toy.pt"
    torch.save({"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": list("0123"), "spec": "d"}, path)
    return {"toy": path}


def record(checkpoint, spec):
    lineage.write(checkpoint.parent / "train.lineage.json", spec, [checkpoint])
    return spec_hash(spec), checkpoint


@pytest.fixture(scope="module")
def results(data, tmp_path_factory):
    """A base GAN, and two tasks of a method on the frozen base and of one with a solver."""
    tier = tmp_path_factory.mktemp("results")
    spec, checkpoint = learn_task("base", None, [SOURCE], 1, None, None, data, tier / "bases/toy/seed0")
    base = record(checkpoint, spec)
    for name in ("gan_memory", "dgr"):
        before = None
        for t in (1, 2):
            made = learn_task(name, None, TASKS, t, base, before, data, tier / f"toy/{name}/seed0/task{t}")
            before = record(made[1], made[0])
    return tier


def test_images_are_those_of_the_model_and_repeat(results):
    for name in ("gan_memory", "dgr"):
        model = mneme.load(results / f"toy/{name}/seed0/task2")
        assert [task.index for task in model.tasks] == [1, 2]
        for task in (1, 2):
            images = model.sample(task, n=3)
            assert images.shape == (3, 1, 8, 8) and images.dtype == torch.uint8
            assert torch.equal(images, mneme.load(str(results / f"toy/{name}/seed0/task2")).sample(task, n=3))
        z = torch.randn(3, model.method.noise, generator=torch.Generator().manual_seed(0))
        assert torch.equal(model.sample(n=3), model.method.sample(model.tasks[1], torch.tensor([1, 1, 1]), z))


def test_predictions(results):
    model = mneme.load(results / "toy/dgr/seed0/task2")
    images = model.sample(1, n=2)
    assert torch.equal(model.predict(images), model.method.predict(images))
    with pytest.raises(UserError, match="gives no predictions; use sample"):
        mneme.load(results / "toy/gan_memory/seed0/task2").predict(images)


def test_what_diverged_is_not_loaded(results, data):
    """A task that was not trained for that reason neither; beside one that went well it is not sampled."""
    home = results / "bases/toy/seed0"
    base, before = (files.read_json(home / "train.lineage.json")["hash"], home / "checkpoint.pt"), None
    for name in ("sft", "gan_memory"):
        for t, settings in ((1, {"lr": 1e30}), (2, {})):
            folder = results / f"bad/{name}/seed0/task{t}"
            made = learn_task(name, None, TASKS, t, base, before, data, folder, **settings)
            before = record(made[1], made[0])
    for t, reason in ((1, "a loss is not finite at step 1"), (2, "the checkpoint it starts from has diverged")):
        with pytest.raises(UserError, match=rf"/task{t}: diverged \({reason}\); load an earlier task, or"):
            mneme.load(results / f"bad/sft/seed0/task{t}")
    model = mneme.load(results / "bad/gan_memory/seed0/task2")
    assert model.statuses[2]["state"] != "diverged" and len(model.sample(2, n=3)) == 3
    with pytest.raises(UserError, match=r"task 1: diverged \(a loss is not finite at step \d\); ask for another task"):
        model.sample(1)


def test_what_is_missing_is_said(results, tmp_path):
    with pytest.raises(UserError, match=r"no train.lineage.json, so no trained task .did you mean .*task[12]"):
        mneme.load(results / "toy/dgr/seed0")
    model = mneme.load(results / "toy/dgr/seed0/task2")
    with pytest.raises(UserError, match="task 7: the model learned tasks 1 to 2; ask for one of them"):
        model.sample(7)
    with pytest.raises(UserError, match="task 1: its images are asked for by a label; leave 'given' out"):
        model.sample(1, given=torch.zeros(1, 1, 8, 8, dtype=torch.uint8))
    moved = tmp_path / "toy/gan_memory/seed0"
    moved.parent.mkdir(parents=True)
    (results / "toy/gan_memory/seed0").rename(moved)
    with pytest.raises(UserError, match=r"no base GAN [0-9a-f]{16}, on which .* is built; copy it there"):
        mneme.load(moved / "task2")
    (moved / "task2/checkpoint.pt").write_bytes(b"edited")
    with pytest.raises(UserError, match="not as its job left it"):
        mneme.load(moved / "task2")


def test_importing_the_package_loads_no_torch():
    code = "import sys, mneme; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT / "src")})
    assert not hasattr(mneme, "lod")
