"""The contract that every method passes whose tasks give images: over pairs and over sets, parametrised over the
catalogue."""

from signal import SIGTERM
from unittest.mock import patch

import pytest
import torch
from progress_checks import assert_progress
from progress_checks import contents as contents_of
from toy_chains import (
    CPU,
    METHODS,
    Learned,
    contract,
    learn_task,
    model_after,
    other,
    run_chain,
    spec_of,
    starts,
)

from mneme.data.stream import Task
from mneme.settings import Settings
from mneme.spec import spec_hash
from mneme.training import restore as restoring
from mneme.training.job import training_images
from mneme.training.restore import create, restore, restore_snapshot
from mneme.training.resume import Interrupted, Resume

TRANSLATORS = [name for name in METHODS if "label" not in contract(name).get("TAKES", ("label",))]
VARIANTS = [(name, variant) for name in TRANSLATORS for variant in [None, *METHODS[name].get("variants", {})]]
KINDS = {"paired": "toy", "unpaired": "givens"}
FILES = ("checkpoint.pt", "snapshots.pt", "losses.pt")


def stream(kind):
    """Three tasks: of two classes, of one, and of one that is mirrored at random."""
    classes = ((2, 3), (0, 1)), ((4,), (2,)), ((5,), (3,))
    return [
        Task(index, str(index), "toy", taken, labels, index == 3, kind, KINDS[kind])
        for index, (taken, labels) in enumerate(classes, 1)
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noisy grey images of 10 px, to be cut to 8: six classes told apart by brightness, each with a negative that is
    given; and a set of given images with a length of its own."""
    folder, generator = tmp_path_factory.mktemp("data"), torch.Generator().manual_seed(0)
    y = torch.arange(6).repeat_interleave(12)
    x = (y.view(-1, 1, 1, 1) * 35 + torch.randint(0, 40, (72, 1, 10, 10), generator=generator)).to(torch.uint8)
    pairs = {
        f"{name}_{split}": kept for name, kept in (("x", x), ("a", 255 - x), ("y", y)) for split in ("train", "test")
    }
    torch.save({**pairs, "classes": list("012345"), "spec": "d"}, folder / "toy.pt")
    x = torch.randint(0, 256, (31, 1, 10, 10), generator=generator, dtype=torch.uint8)
    y = torch.zeros(31, dtype=torch.long)
    torch.save(
        {"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": ["0"], "spec": "g"}, folder / "givens.pt"
    )
    return {name: folder / f"{name}.pt" for name in ("toy", "givens")}


@pytest.fixture(scope="module")
def learned(data, tmp_path_factory):
    streams = {kind: stream(kind) for kind in KINDS}
    return Learned(streams, None, data, lambda: tmp_path_factory.mktemp("learned"))


def translations(method, task):
    given = torch.randint(0, 256, (6, 1, 8, 8), generator=torch.Generator().manual_seed(3), dtype=torch.uint8)
    return method.sample(task, given, torch.randn(1, method.noise, generator=torch.Generator().manual_seed(4)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_contract(name, variant, kind, learned, data, tmp_path):
    tasks = stream(kind)
    specs, checkpoints = learned.chain(name, variant, kind)
    first_seen, alone = {}, not contract(name)["CHAINED"]
    for t in range(1, len(tasks) + 1):
        checkpoint = torch.load(checkpoints[t], weights_only=True)
        assert checkpoint["spec"] == spec_hash(specs[t])
        assert checkpoint["status"]["state"] in ("ok", "collapsed")
        method, statuses = model_after(t, name, specs, checkpoints, None)
        assert set(statuses) == {task.index for task in tasks[:t]}
        for task in tasks[:t]:
            images = translations(method, task)
            assert images.dtype == torch.uint8 and images.shape == (6, 1, 8, 8)
            assert torch.equal(images, translations(method, task)), "the same noise must give the same bytes"
            if alone:
                assert torch.equal(images, first_seen.setdefault(task.index, images)), "an earlier task changed"

    again, repeated = run_chain(name, variant, tasks, None, data, tmp_path)
    assert again == specs
    for t in checkpoints:
        for file in FILES:
            assert (checkpoints[t].parent / file).read_bytes() == (repeated[t].parent / file).read_bytes()

    snapshot = restore_snapshot(specs[1], None, checkpoints[1].parent / "snapshots.pt", 2, CPU)
    assert translations(snapshot, tasks[0]).shape == (6, 1, 8, 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_a_resumed_task_has_the_bytes_of_an_undisturbed_one(name, variant, kind, learned, data, tmp_path):
    """Interrupted after every single step, and gone on with: the second task, which has all there is to remember."""
    tasks = stream(kind)[:2]
    first, checkpoint = learned(name, variant, kind, 1)
    before = spec_hash(first), checkpoint
    spec, undisturbed = learned(name, variant, kind, 2)

    class Impatient(Resume):
        def due(self):
            self.asked_by = SIGTERM
            return True

    for _ in range(spec["steps"] - 1):
        with pytest.raises(Interrupted):
            impatient = Impatient(tmp_path / ".resume", "x", 1e9)
            learn_task(name, variant, tasks, 2, None, before, data, tmp_path, resume=impatient)
    patient = Resume(tmp_path / ".resume", "x", 1e9)
    _, resumed = learn_task(name, variant, tasks, 2, None, before, data, tmp_path, resume=patient)
    for file in FILES:
        assert (undisturbed.parent / file).read_bytes() == (resumed.parent / file).read_bytes()


def begun(name, variant, tasks, before, data):
    """A method that has begun its second task."""
    method = create(spec_of(name, variant, tasks, 2, {}), None, CPU)
    torch.manual_seed(1)
    previous = torch.load(before, weights_only=True)["state"] if before else None
    method.begin(previous, training_images(tasks[1:2], data, 1))
    return method


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_all_that_a_step_changes_is_listed_and_nothing_else(name, variant, kind, learned, data):
    tasks = stream(kind)
    spec, first = learned(name, variant, kind, 1)
    before = starts(name, 2, None, (spec_hash(spec), first)).get("previous", (None, None))[1]
    assert_progress(lambda: begun(name, variant, tasks, before, data))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [name for name in TRANSLATORS if contract(name).get("FIRST")])
def test_a_method_goes_on_from_the_first_task_it_shares(name, kind, learned, data, tmp_path):
    first, tasks = contract(name)["FIRST"], stream(kind)[:2]
    assert {key: contract(first)[key] for key in ("SEES", "CHAINED", "BASE")}.items() <= contract(name).items()
    assert set(METHODS[first]["settings"]) <= set(METHODS[name]["settings"])
    spec, checkpoint = learned(first, None, kind, 1)
    before = spec_hash(spec), checkpoint
    spec, checkpoint = learn_task(name, None, tasks, 2, None, before, data, tmp_path)
    method, statuses = restore(spec, None, {2: checkpoint}, CPU)
    assert statuses[2]["state"] in ("ok", "collapsed")
    assert translations(method, tasks[0]).shape == (6, 1, 8, 8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "setting"), [(name, setting) for name in TRANSLATORS for setting in contract(name).get("LATER", ())]
)
def test_settings_for_later_have_no_effect_on_task_1(name, setting, kind, learned, data, tmp_path):
    changed = {setting: other(name, setting)}
    _, path = learn_task(name, None, stream(kind), 1, None, None, data, tmp_path, **changed)
    made = [torch.load(one, weights_only=True) for one in (path, learned(name, None, kind, 1)[1])]
    assert contents_of(made[0]["state"]) == contents_of(made[1]["state"])


@pytest.mark.parametrize("name", TRANSLATORS)
def test_every_setting_that_is_declared_is_read(name, data, tmp_path):
    read = set()

    class Spy(Settings):
        def __getattr__(self, key):
            read.add(key)
            return super().__getattr__(key)

    with patch.object(restoring, "Settings", Spy):
        for kind in KINDS:
            run_chain(name, None, stream(kind)[:2], None, data, tmp_path / kind)
    by_the_plan = {"steps", "threads", "snapshots"}
    assert set(METHODS[name]["settings"]) - by_the_plan == read - by_the_plan
