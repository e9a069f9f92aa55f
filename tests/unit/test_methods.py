"""The contract that every method passes, on every kind of stream: one test, parametrised over the catalogue.

A new method is covered by adding its YAML file; nothing here names one, except where a paper says something of it.
Methods outside the checkout are covered where the environment names their folders, ``MNEME_METHODS=FOLDER``. A method
that replays another is given samples of REPLAYED. Methods whose tasks give images have a test of their own,
``test_methods_translation.py``.
"""

import io
import json
import os
from pathlib import Path
from signal import SIGTERM
from unittest.mock import patch

import pytest
import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.load import load
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.machine.device import choose_device
from mneme.plan.code import Setting, class_constants, method_file, module_name
from mneme.spec import spec_hash
from mneme.training import restore as restoring
from mneme.training.job import learn as learn_job
from mneme.training.job import training_images
from mneme.training.restore import create, restore, restore_snapshot
from mneme.training.resume import Interrupted, Resume

ROOT = Path(__file__).parents[2]
FOLDERS = [folder for folder in os.environ.get("MNEME_METHODS", "").split(os.pathsep) if folder]
CATALOGUE = Catalogue({"experiments": ["x"], "method_folders": FOLDERS}, ROOT / "config")
METHODS = {name: CATALOGUE.method(name, "tests").model_dump() for name in CATALOGUE.names("methods")}


def contract(name):
    return class_constants(file_of(name), ROOT / "src", CATALOGUE.outside)


def file_of(word):
    return method_file(word, ROOT / "src", CATALOGUE.outside)


LABELLED = [name for name in METHODS if "label" in contract(name).get("TAKES", ("label",))]
VARIANTS = [(name, variant) for name in LABELLED for variant in [None, *METHODS[name].get("variants", {})]]
REPLAYED = "joint"
CPU = choose_device("cpu", 1)
SOURCE = Task(0, "source", "toy", (0, 1), (0, 1))
STREAMS = {
    "several classes": [
        Task(1, "one", "toy", (2, 3), (0, 1)),
        Task(2, "two", "toy", (4,), (2,)),
        Task(3, "three", "toy", (5, 6), (3, 4)),
    ],
    "one class": [Task(1, "one", "toy", (2,), (0,)), Task(2, "two", "toy", (3,), (1,), flip=True)],
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Seven classes of 12 noisy grey 8x8 images each, told apart by their brightness."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(7).repeat_interleave(12)
    x = (y.view(-1, 1, 1, 1) * 30 + torch.randint(0, 40, (84, 1, 8, 8), generator=generator)).to(torch.uint8)
    path = tmp_path_factory.mktemp("data") / "toy.pt"
    torch.save({"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": list("0123456"), "spec": "d"}, path)
    return {"toy": path}


def spec_of(name, variant, tasks, t, lineage, **overrides):
    method = METHODS[name]
    settings = {
        **method["settings"],
        **method["tiers"]["smoke"],
        **method.get("variants", {}).get(variant, {}),
        **overrides,
    }
    return {
        "job": "train", "stream": "toy", "module": module_of(name), "seed": 0, "size": 8, "channels": 1,
        "tasks": [task.to_dict() for task in tasks[:t]], "settings": settings, "steps": settings["steps"],
        "snapshots": [2], "threads": 1, "data": {"toy": "d"}, **lineage,
    }  # fmt: skip


def module_of(word):
    return module_name(file_of(word), ROOT / "src", CATALOGUE.outside)


def learn(spec, folder, data, base=None, previous=None, resume=None, replayed=None):
    outputs = {name: folder / f"{name}.pt" for name in ("checkpoint", "snapshots", "losses", "timing")}
    resume = resume or Resume(folder / ".resume", "x", 1e9)
    with patch.object(Resume, "of_job", return_value=resume):
        learn_job(spec, data=data, base=base, previous=previous, replayed=replayed, device=CPU, **outputs)
    return outputs["checkpoint"]


@pytest.fixture(scope="module")
def base(data, tmp_path_factory):
    spec = spec_of("base", None, [SOURCE], 1, {"base": None, "previous": None})
    return spec_hash(spec), learn(spec, tmp_path_factory.mktemp("base"), data)


def starts(name, t, base, before):
    """Inputs of job t beside its data, name -> (spec hash, file), from the base GAN and the checkpoint before."""
    constants, inputs = contract(name), {}
    if constants["CHAINED"] and t > 1:
        inputs["previous"] = before
    elif constants["BASE"] == "start":
        inputs["previous"] = base
    return inputs | ({"base": base} if constants["BASE"] == "frozen" else {})


def replays(name, tasks, t, base, data):
    """The generator of tasks 1 to t - 1 that a method replays in task t, as (spec, checkpoint); trained once."""
    if t == 1 or not contract(name)["REPLAYS"]:
        return None
    inputs = starts(REPLAYED, t - 1, base, None)
    lineage = {"base": None, **{key: value for key, (value, _) in inputs.items()}}
    spec = spec_of(REPLAYED, None, tasks, t - 1, lineage)
    folder = data["toy"].parent / spec_hash(spec)
    if not (folder / "checkpoint.pt").exists():
        folder.mkdir()
        learn(spec, folder, data, **{key: path for key, (_, path) in inputs.items()})
    return spec, folder / "checkpoint.pt"


def frozen_base(name, base):
    return base[1] if contract(name)["BASE"] == "frozen" else None


def learn_task(name, variant, tasks, t, base, before, data, folder, resume=None, **overrides):
    """Learn task t; (spec, checkpoint)."""
    inputs = starts(name, t, base, before)
    lineage = {"base": None, "previous": None, **{key: value for key, (value, _) in inputs.items()}}
    paths = {key: path for key, (_, path) in inputs.items()}
    if generator := replays(name, tasks, t, base, data):
        lineage |= {"chain": generator[0], "replayed": {str(t - 1): spec_hash(generator[0])}}
        paths["replayed"] = {t - 1: generator[1]}
    spec = spec_of(name, variant, tasks, t, lineage, **overrides)
    folder.mkdir(parents=True, exist_ok=True)
    return spec, learn(spec, folder, data, **paths, resume=resume)


def run_chain(name, variant, tasks, base, data, folder, **overrides):
    """Learn all tasks; the specs and checkpoints by task index."""
    specs, checkpoints, before = {}, {}, None
    for t in range(1, len(tasks) + 1):
        specs[t], checkpoints[t] = learn_task(name, variant, tasks, t, base, before, data, folder / str(t), **overrides)
        before = spec_hash(specs[t]), checkpoints[t]
    return specs, checkpoints


def model_after(t, name, specs, checkpoints, base):
    constants = contract(name)
    alone = constants["SEES"] == "current" and not constants["CHAINED"]
    members = range(1, t + 1) if alone else [t]
    return restore(specs[t], frozen_base(name, base), {k: checkpoints[k] for k in members}, CPU)


def samples(method, task):
    labels = torch.tensor(task.labels).repeat(6)[:6]
    z = torch.randn(6, method.noise, generator=torch.Generator().manual_seed(task.index))
    return method.sample(task, labels, z)


def given(method, task):
    """What a method gives of a task: images of fixed noise, and scores of fixed images."""
    x = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(task.index))
    made = {"images": lambda: samples(method, task), "predictions": lambda: method.predict(x)}
    return {gift: made[gift]() for gift in method.GIVES}


def assert_given(found, method):
    """Of the promised kinds and shapes."""
    assert set(found) == set(method.GIVES) != set()
    if "images" in found:
        assert found["images"].dtype == torch.uint8
        assert found["images"].shape == (6, 1, 8, 8)
    if "predictions" in found:
        scores, classes = found["predictions"], sum(len(task.labels) for task in method.tasks)
        assert scores.dtype == torch.float32
        assert scores.shape[0] == 6 and scores.shape[1] >= classes
        assert not scores.isnan().any() and (scores < torch.inf).all()
        assert scores[:, :classes].isfinite().all(), "a class that was learned has no output"


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[gift], other[gift]) for gift in one)


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize(("name", "variant"), [pair for pair in VARIANTS if pair[0] != "base"])
def test_contract(name, variant, kind, base, data, tmp_path):
    tasks = STREAMS[kind]
    specs, checkpoints = run_chain(name, variant, tasks, base, data, tmp_path / "a")
    first_seen = {}
    for t in range(1, len(tasks) + 1):
        checkpoint = torch.load(checkpoints[t], weights_only=True)
        assert checkpoint["spec"] == spec_hash(specs[t])
        assert checkpoint["status"]["state"] in ("ok", "collapsed")

        method, statuses = model_after(t, name, specs, checkpoints, base)
        assert set(statuses) == {task.index for task in tasks[:t]}
        for task in tasks[:t]:
            found = given(method, task)
            assert_given(found, method)
            assert equal(found, given(method, task)), "the same noise and images must give the same bytes"
            first_seen.setdefault(task.index, found)
            alone = contract(name)["SEES"] == "current" and not contract(name)["CHAINED"]
            if alone or contract(name)["BASE"] == "frozen":
                assert equal(found, first_seen[task.index]), "an earlier task changed"
        again, _ = model_after(t, name, specs, checkpoints, base)
        assert equal(given(again, tasks[0]), given(method, tasks[0])), "a checkpoint must always give the same model"

    again, repeated = run_chain(name, variant, tasks, base, data, tmp_path / "b")
    assert again == specs
    for t in checkpoints:
        for file in ("checkpoint.pt", "snapshots.pt", "losses.pt"):
            assert (checkpoints[t].parent / file).read_bytes() == (repeated[t].parent / file).read_bytes()

    kept = checkpoints[len(tasks)].parent / "snapshots.pt"
    if "images" in method.GIVES:
        snapshot = restore_snapshot(specs[1], frozen_base(name, base), checkpoints[1].parent / "snapshots.pt", 2, CPU)
        assert samples(snapshot, tasks[0]).shape == (6, 1, 8, 8)
    else:  # counts of right test images
        method.tests = {task.index: load(task, "test", data, 1) for task in tasks}
        right = {
            index: int((method.predict(test["x"]).argmax(1) == test["y"]).sum()) for index, test in method.tests.items()
        }
        assert method.snapshot() == {"right": right}
        assert torch.load(kept, weights_only=True)["steps"][2]["right"].keys() == right.keys()


@pytest.mark.parametrize("name", [name for name in LABELLED if name != "base" and contract(name).get("FIRST")])
def test_a_method_goes_on_from_the_first_task_it_shares(name, base, data, tmp_path):
    """FIRST: the same constants, no setting that this method lacks, and a task 1 that its task 2 can start from."""
    first, tasks = contract(name)["FIRST"], STREAMS["several classes"][:2]
    assert {key: contract(first)[key] for key in ("SEES", "CHAINED", "BASE")}.items() <= contract(name).items()
    assert set(METHODS[first]["settings"]) <= set(METHODS[name]["settings"])
    spec, checkpoint = learn_task(first, None, tasks, 1, base, None, data, tmp_path / "1")
    before = spec_hash(spec), checkpoint
    spec, checkpoint = learn_task(name, None, tasks, 2, base, before, data, tmp_path / "2")
    method, statuses = restore(spec, frozen_base(name, base), {2: checkpoint}, CPU)
    assert statuses[2]["state"] in ("ok", "collapsed")
    assert_given(given(method, tasks[0]), method)


def other(name, setting):
    """Another value that a setting may have."""
    value, choices = METHODS[name]["settings"][setting], CATALOGUE.method(name, "tests").choices.get(setting, ())
    if isinstance(value, bool):
        return not value
    return next(choice for choice in choices if choice != value) if isinstance(value, str) else value / 2


@pytest.mark.parametrize(
    ("name", "setting"), [(name, setting) for name in LABELLED for setting in contract(name).get("LATER", ())]
)
def test_settings_for_later_have_no_effect_on_task_1(name, setting, base, data, tmp_path):
    made, tasks = [], STREAMS["several classes"][:1]
    for overrides in ({}, {setting: other(name, setting)}):
        _, path = learn_task(name, None, tasks, 1, base, None, data, tmp_path / str(len(made)), **overrides)
        made.append(contents(torch.load(path, weights_only=True)["state"]))
    assert made[0] == made[1]


def learned_here(name, variant, base, data):
    """A method that has learned a task of two classes in this process."""
    tasks = [SOURCE] if name == "base" else STREAMS["several classes"][:1]
    spec = spec_of(name, variant, tasks, 1, {})
    source = torch.load(base[1], weights_only=True)["state"]
    frozen = source if contract(name)["BASE"] == "frozen" else None
    torch.manual_seed(1)
    method, real = create(spec, frozen, CPU), training_images(tasks, data, 1)
    method.begin(source if contract(name)["BASE"] == "start" else None, real)
    for step in range(2):
        torch.manual_seed(step)
        method.step({key: real[key][: method.images_a_step] for key in ("x", "y")})
    method.end(real)
    return method, create(spec, frozen, CPU)


@pytest.mark.parametrize(("name", "variant"), [pair for pair in VARIANTS if contract(pair[0])["GIVES"] != ("images",)])
def test_a_restored_model_predicts_what_the_trained_one_did(name, variant, base, data):
    method, restored = learned_here(name, variant, base, data)
    saved = io.BytesIO()
    torch.save(method.state(), saved)
    x = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8)
    before = method.predict(x)
    saved.seek(0)
    restored.restore({method.task.index: torch.load(saved, weights_only=True)})
    assert torch.equal(restored.predict(x), before)


@pytest.mark.parametrize("name", LABELLED)
def test_what_a_method_does_not_give_is_said(name, base, data):
    method, _ = learned_here(name, None, base, data)
    if "images" not in method.GIVES:
        with pytest.raises(NotImplementedError, match="gives no images"):
            method.sample(method.task, torch.tensor(method.task.labels), torch.zeros(2, 0))
    if "predictions" not in method.GIVES:
        with pytest.raises(NotImplementedError, match="gives no predictions"):
            method.predict(torch.zeros(1, 1, 8, 8, dtype=torch.uint8))


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_a_resumed_task_has_the_bytes_of_an_undisturbed_one(name, variant, base, data, tmp_path):
    """Interrupted after every single step, and gone on with: the second task, which has all there is to remember."""
    tasks, before = [SOURCE] if name == "base" else STREAMS["several classes"][:2], None
    if name != "base":
        first, checkpoint = learn_task(name, variant, tasks, 1, base, None, data, tmp_path / "1")
        before = spec_hash(first), checkpoint
    task = len(tasks)
    spec, undisturbed = learn_task(name, variant, tasks, task, base, before, data, tmp_path / "a")

    class Impatient(Resume):
        def due(self):
            self.asked_by = SIGTERM
            return True

    for _ in range(spec["steps"] - 1):
        with pytest.raises(Interrupted):
            impatient = Impatient(tmp_path / "b/.resume", "x", 1e9)
            learn_task(name, variant, tasks, task, base, before, data, tmp_path / "b", resume=impatient)
    patient = Resume(tmp_path / "b/.resume", "x", 1e9)
    _, resumed = learn_task(name, variant, tasks, task, base, before, data, tmp_path / "b", resume=patient)
    assert not (tmp_path / "b/.resume").exists()
    for file in ("checkpoint.pt", "snapshots.pt", "losses.pt"):
        assert (undisturbed.parent / file).read_bytes() == (resumed.parent / file).read_bytes()
    timing = json.loads((resumed.parent / "timing.pt").read_text())
    assert [row["step"] for row in timing["stretches"]] == list(range(1, spec["steps"] + 1))
    assert timing["spec"] == spec_hash(spec) and all(row["seconds"] > 0 for row in timing["stretches"])


def contents(part, seen=()):
    """What a part holds, comparable: state of modules and optimisers, tensors as lists, objects as their attributes."""
    if isinstance(part, torch.Tensor):
        return part.detach().double().tolist()
    if isinstance(part, torch.Generator):
        return part.get_state().tolist()
    if hasattr(part, "state_dict"):
        return contents(part.state_dict(), seen)
    if isinstance(part, dict):
        return {name: contents(value, seen) for name, value in part.items()}
    if isinstance(part, list | tuple | set):
        return [contents(value, seen) for value in part]
    if id(part) in seen or isinstance(part, type) or callable(part):
        return None
    return contents(vars(part), (*seen, id(part))) if hasattr(part, "__dict__") else repr(part)


def unlisted(method, steps=3):
    """Attributes of a method which ``step`` changes or makes, and which PROGRESS does not name; caches aside."""
    before = {name: contents(part) for name, part in vars(method).items()}
    x = torch.randint(0, 256, (method.images_a_step, 1, 8, 8), dtype=torch.uint8)
    for _ in range(steps):
        method.step({"x": x, "a": 255 - x, "y": torch.tensor(method.task.labels).repeat(len(x))[: len(x)]})
    after = {name: contents(part) for name, part in vars(method).items()}
    changed = {name for name in after if name not in before or before[name] != after[name]} - set(method.PROGRESS)
    return {name for name in changed if not name.startswith("_")}


def begun(name, variant, base, before, data):
    """A method that has begun its second task (the base GAN its first)."""
    tasks = [SOURCE] if name == "base" else STREAMS["several classes"][:2]
    spec = spec_of(name, variant, tasks, len(tasks), {})
    source = torch.load(base[1], weights_only=True)["state"]
    generator = replays(name, tasks, len(tasks), base, data)
    replayed = generator and restore(generator[0], None, {len(tasks) - 1: generator[1]}, CPU)[0]
    if replayed:
        samples(replayed, tasks[0])  # a generator that is asked for the first time gets ready
    method = create(spec, source if contract(name)["BASE"] == "frozen" else None, CPU, replayed)
    torch.manual_seed(1)
    previous = torch.load(before, weights_only=True)["state"] if before else None
    method.begin(previous, training_images(tasks[-1:], data, 1))
    return method


def assert_progress(begin):
    """Progress holds all that a step changes, and nothing else, and comes back from a file.

    A part that PROGRESS forgets is lost when a job is killed; a teacher in it is written again and again.

    Args:
        begin: makes a method that has begun its task, the same one every time.
    """
    method = begin()
    assert unlisted(method) == set()
    saved = io.BytesIO()
    torch.save(method.progress(), saved)
    saved.seek(0)
    resumed = begin()
    start = {part: contents(getattr(resumed, part)) for part in method.PROGRESS}
    resumed.resume(torch.load(saved, weights_only=True))
    for part in method.PROGRESS:
        assert contents(getattr(resumed, part)) == contents(getattr(method, part)) != start[part], part


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_all_that_a_step_changes_is_listed_and_nothing_else(name, variant, base, data, tmp_path):
    tasks, before = STREAMS["several classes"], None
    if name != "base":
        spec, first = learn_task(name, variant, tasks, 1, base, None, data, tmp_path)
        before = starts(name, 2, base, (spec_hash(spec), first)).get("previous", (None, None))[1]
    assert_progress(lambda: begun(name, variant, base, before, data))


def test_a_part_that_is_not_listed_is_found(base, data, monkeypatch):
    from mneme.methods.gan_memory.transfer import Transfer

    monkeypatch.setattr(Transfer, "PROGRESS", ("generator", "discriminator", "average"))
    assert unlisted(begun("transfer", None, base, base[1], data)) == {"game"}


ALL = [(name, variant) for name, method in METHODS.items() for variant in [None, *method.get("variants", {})]]
CONSTANTS = ("GIVES", "TAKES", "CONDITIONAL", "SIZES", "SEES", "CHAINED", "BASE", "REPLAYS", "KEEPS", "PRETRAINED")
CONSTANTS += ("FIRST", "LATER", "SAME", "PROBES")


def as_text(name, settings):
    """The constants of a method as the plan reads them, with the values of settings."""
    read = {constant: contract(name)[constant] for constant in CONSTANTS}
    return {key: settings[value.name] if isinstance(value, Setting) else value for key, value in read.items()}


@pytest.mark.parametrize(("name", "variant"), ALL)
def test_constants_read_as_text_are_those_of_the_class(name, variant):
    spec = spec_of(name, variant, [SOURCE], 1, {})
    method = create(spec, None, CPU)
    assert as_text(name, spec["settings"]) == {constant: getattr(method, constant) for constant in CONSTANTS}


def test_the_constants_take_all_their_values():
    """Else the tests above would see one side only."""
    found = [as_text(name, spec_of(name, variant, [SOURCE], 1, {})["settings"]) for name, variant in ALL]
    assert {one["GIVES"] for one in found} == {("images",), ("predictions",), ("images", "predictions")}
    for constant in ("CONDITIONAL", "CHAINED", "REPLAYS", "KEEPS"):
        assert {one[constant] for one in found} == {True, False}, constant
    assert {kind for one in found for kind in one["TAKES"]} == {"label", "paired", "unpaired"}
    assert {one["BASE"] for one in found} == {"none", "start", "frozen"}
    assert as_text("dgr", METHODS["dgr"]["settings"])["GIVES"] == ("images", "predictions")


def test_a_task_without_the_checkpoint_it_starts_from_is_refused(data, tmp_path):
    spec = spec_of("mergan_ra", None, STREAMS["one class"], 2, {"base": None, "previous": "0123"})
    with pytest.raises(UserError, match="task 2 starts from the checkpoint 0123, which is not given; add --previous"):
        learn(spec, tmp_path, data)


def rates(name):
    """The settings that are learning rates."""
    return [setting for setting in METHODS[name]["settings"] if setting in ("lr", "lr_g", "lr_d")]


@pytest.mark.parametrize("name", [n for n in LABELLED if contract(n)["CHAINED"] and n != "base" and rates(n)])
def test_divergence_is_recorded_and_passed_down_the_chain(name, base, data, tmp_path):
    """A learning rate that explodes: status, not exception; the next task says whose fault it is."""
    explosive = dict.fromkeys(rates(name), 1e30)
    specs, checkpoints = run_chain(name, None, STREAMS["several classes"], base, data, tmp_path, **explosive)
    first, second = (torch.load(checkpoints[t], weights_only=True)["status"] for t in (1, 2))
    assert first["state"] == second["state"] == "diverged"
    assert "not finite at step" in first["reason"]
    assert second["reason"] == "the checkpoint it starts from has diverged"
    _, statuses = model_after(2, name, specs, checkpoints, base)
    assert statuses[1]["state"] == statuses[2]["state"] == "diverged"


@pytest.mark.parametrize("name", ["finetune", "sft", "classifier_finetune"])
def test_a_state_that_is_not_finite_has_diverged(name, base, data, tmp_path, monkeypatch):
    """Though all losses were finite: the last step, or the end of the task, went wrong."""
    cls = type(create(spec_of(name, None, STREAMS["one class"], 1, {}), None, CPU))
    state = cls.state
    monkeypatch.setattr(cls, "state", lambda self: {**state(self), "more": torch.tensor(torch.nan)})
    _, checkpoints = run_chain(name, None, STREAMS["one class"], base, data, tmp_path)
    first, second = (torch.load(checkpoints[t], weights_only=True)["status"] for t in (1, 2))
    assert first["state"] == "diverged" and "the model is not finite at step" in first["reason"]
    assert second["reason"] == "the checkpoint it starts from has diverged"


@pytest.mark.parametrize("name", [name for name in LABELLED if contract(name).get("BASE", "none") != "none"])
def test_a_base_gan_that_diverged_is_passed_down_the_chain(name, data, tmp_path):
    spec = spec_of("base", None, [SOURCE], 1, {"base": None, "previous": None}, lr=1e30)
    base = spec_hash(spec), learn(spec, tmp_path, data)
    specs, checkpoints = run_chain(name, None, STREAMS["one class"], base, data, tmp_path)
    method, statuses = model_after(2, name, specs, checkpoints, base)
    assert {status["state"] for status in statuses.values()} == {"diverged"}
    assert method.growth(torch.load(checkpoints[2], weights_only=True)["state"]) == {}


def test_a_diverged_task_of_an_unchained_method_takes_no_other_with_it(base, data, tmp_path):
    tasks = STREAMS["several classes"]
    specs, checkpoints = run_chain("gan_memory", None, tasks, base, data, tmp_path / "ok")
    bad = spec_of("gan_memory", None, tasks, 2, {"base": base[0], "previous": None}, lr=1e30)
    (tmp_path / "bad").mkdir()
    specs[2], checkpoints[2] = bad, learn(bad, tmp_path / "bad", data, base=base[1])
    _, statuses = model_after(3, "gan_memory", specs, checkpoints, base)
    assert [statuses[i]["state"] == "diverged" for i in (1, 2, 3)] == [False, True, False]


def test_a_gan_memory_file_holds_styles_only(base, data, tmp_path):
    _, checkpoints = run_chain("gan_memory", None, STREAMS["one class"], base, data, tmp_path)
    state = torch.load(checkpoints[1], weights_only=True)["state"]
    assert set(state) == {"styles"}
    generator = torch.load(base[1], weights_only=True)["state"]["generator"]
    layers = [
        name.removesuffix(".weight") for name, w in generator.items() if name == "fc.weight" or w.shape[2:] == (3, 3)
    ]
    assert set(state["styles"]) == {f"{layer}.{group}" for layer in layers for group in ("scale", "shift", "bias")}
    numbers = sum(value.numel() for value in state["styles"].values())
    buffer = io.BytesIO()
    torch.save({"styles": state["styles"]}, buffer)
    assert numbers < sum(w.numel() for w in generator.values()) / 2
    assert all(value.untyped_storage().nbytes() == value.numel() * 4 for value in state["styles"].values())


def test_no_bias_and_conditional_change_only_what_they_say(base, data, tmp_path):
    keys = {}
    for variant in (None, "no_bias", "conditional"):
        _, checkpoints = run_chain(
            "gan_memory", variant, STREAMS["several classes"][:1], base, data, tmp_path / str(variant)
        )
        keys[variant] = torch.load(checkpoints[1], weights_only=True)["state"]["styles"]
    assert set(keys[None]) - set(keys["no_bias"]) == {name for name in keys[None] if name.endswith(".bias")}
    assert set(keys[None]) ^ set(keys["conditional"]) == {"fc.bias", "class_bias.weight", "class_bias.bias"}
    assert keys["conditional"]["class_bias.weight"].shape[1] == 2


@pytest.mark.parametrize(
    ("variant", "normalise", "classes"),
    [(None, False, 0), ("paper_discriminator", True, 0), ("conditional", True, 2), ("no_norm", False, 0)],
)
def test_what_of_gan_memorys_discriminator_is_restyled_trained_and_frozen(variant, normalise, classes, base):
    """Section 4.1 and the released code: 3x3 convolutions carry styles, the last layer trains, the rest is frozen."""
    from mneme.methods.gan_memory.gan_memory import GanMemory
    from mneme.settings import Settings

    declared = METHODS["gan_memory"]
    settings = Settings({**declared["settings"], **declared["variants"].get(variant, {})})
    state = torch.load(base[1], weights_only=True)["state"]
    method = GanMemory(settings, STREAMS["several classes"][:1], 8, 1, CPU, state)
    torch.manual_seed(3)
    method.begin(None, {})
    styled = method.discriminator
    assert set(styled.layers) == {f"blocks.{m}.conv_{k}" for m in range(2) for k in range(2)}
    assert styled.network.image.kernel_size == (7, 7) and styled.network.blocks[1].shortcut.kernel_size == (1, 1)
    trains = {name for name, parameter in styled.network.named_parameters() if parameter.requires_grad}
    assert trains == {"fc.weight", "fc.bias"}
    assert all(parameter.requires_grad for parameter in styled.styles.values())
    fc = styled.network.fc.weight
    assert fc.shape[0] == (classes or 1)
    source = state["discriminator"]
    assert torch.equal(fc, source["fc.weight"]) == (classes == 0)  # fresh: not even its rows are the source's
    assert not (classes and (fc == source["fc.weight"]).all(1).any())
    start = styled.source()
    for name in styled.layers:
        weight = source[f"{name}.weight"]
        if normalise:
            kernel = weight[0, 0].flatten()
            assert start[f"{name}.scale"][0, 0].item() == pytest.approx(kernel.std().item(), rel=1e-5)
            assert start[f"{name}.shift"][0, 0].item() == pytest.approx(kernel.mean().item(), abs=1e-6)
            assert styled.patterns[name].mean((2, 3)).abs().max() < 1e-5
        else:
            assert torch.equal(styled.patterns[name], weight)
            assert (start[f"{name}.scale"] == 1).all() and (start[f"{name}.shift"] == 0).all()


def test_joint_starts_as_the_base_for_every_class(base):
    """Class biases of zero, the source's logit for every class: at step 0 all classes are the source."""
    from mneme.methods.gan_memory.joint import Joint
    from mneme.settings import Settings

    settings = Settings({**METHODS["joint"]["settings"], "threads": 1})
    state = torch.load(base[1], weights_only=True)["state"]
    method = Joint(settings, STREAMS["several classes"], 8, 1, CPU, state)
    method.begin(state, {})
    z = torch.randn(4, method.noise)
    y = torch.tensor([0, 1, 4, 2])
    source = method.generator(z, torch.zeros(4, dtype=torch.long))
    assert torch.equal(method.generator(z, y), source)
    torch.testing.assert_close(method.discriminator(source, y), method.discriminator(source, torch.zeros_like(y)))


STORED = {"per_class": 0, "memory": 40}
OVERLAYS = {  # with which settings are read that else are not
    **{name: (STORED,) for name in ("ewc_s", "pi_s", "rwalk_s")},
    "icarl": ({"network": "resnet32"}, STORED),
}


@pytest.mark.parametrize("name", LABELLED)
def test_every_setting_that_is_declared_is_read(name, base, data, tmp_path):
    """A setting that no code reads would be a promise the pipeline does not keep."""
    from mneme.settings import Settings

    tasks, read = [SOURCE] if name == "base" else STREAMS["one class"], set()
    declared = set(METHODS[name]["settings"])

    class Spy(Settings):
        def __getattr__(self, key):
            if set(self) >= declared:  # not those of the generator that is replayed
                read.add(key)
            return super().__getattr__(key)

    with patch.object(restoring, "Settings", Spy):
        for place, overlay in enumerate(({}, *OVERLAYS.get(name, ()))):
            run_chain(name, None, tasks, base, data, tmp_path / str(place), **overlay)
    by_the_plan = {"steps", "threads", "snapshots", "spacing", "steps_grow", "keeps"}
    assert declared - by_the_plan == read - by_the_plan


# ---- learning --------------------------------------------------------------------------------------------------------

TOLD = {  # class k of the data has brightness 15 + 70 k
    True: [Task(1, "one", "toy", (0, 2), (0, 1)), Task(2, "two", "toy", (1, 3), (2, 3))],
    False: [Task(1, "one", "toy", (0,), (0,)), Task(2, "two", "toy", (2,), (1,))],
}
"""Streams by whether a method can be asked for a class."""
ADAM = {"batch": 16, "lr": 3e-3, "ema": 0.9}
SHORT = {
    "acgan": {"steps": 200, "batch": 16, "lr": 2e-3, "width": 8, "noise": 8, "critic_steps": 1},
    "classifier": {"steps": 200, "width": 8, "features": 16, "lr": 3e-3},
    "gan_memory": {"steps": 80, **ADAM},
    "stored": {"steps": 200, "hidden": 32},
}
"""Settings of each family with which two tasks are learned in seconds; of one that is not here, 200 steps."""
MORE = {
    "dgr": {"steps": 300, "critic_steps": 2, "solver_lr": 2e-3, "tries": 100},
    "ewc": {"strength": 10.0},
    "gan_memory_compressed": {"steps": 150},
    "joint": {"steps": 100},
    "jt": {"steps": 400},
    "mergan_gp_gan": {"steps": 100},
}
CHANCE = 0.5
"""The most that a method reaches which ignores its label: it gives one of a task's two classes."""


def learners():
    """Methods with the variant that can be asked for a class, where there is one; what they are made of.

    The DGM family is not here: its masks need a budget and a schedule of their own (``test_dgm.py``).
    """
    for name in LABELLED:
        config = METHODS[name]
        variants = [None, *[variant for variant in config.get("variants", {}) if variant == "conditional"]]
        family = next((parent for parent in SHORT if set(SHORT[parent]) <= set(config["settings"])), None)
        if name != "base" and "critic_width" not in config["settings"]:
            yield from (
                (name, variant, {**SHORT.get(family, {"steps": 200}), **MORE.get(name, {})}) for variant in variants
            )


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """Four classes of 24 noisy grey images told apart by brightness, and a base GAN that learned all of them."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(4).repeat_interleave(24)
    x = (y.view(-1, 1, 1, 1) * 70 + torch.randint(0, 30, (96, 1, 8, 8), generator=generator)).to(torch.uint8)
    folder = tmp_path_factory.mktemp("bright")
    known = {"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": list("0123"), "spec": "d"}
    torch.save(known, folder / "toy.pt")
    data, source = {"toy": folder / "toy.pt"}, Task(0, "source", "toy", (0, 1, 2, 3), (0, 1, 2, 3))
    none = {"base": None, "previous": None}
    spec = spec_of("base", None, [source], 1, none, steps=150, width=8, noise=8, **ADAM)
    return data, (spec_hash(spec), learn(spec, folder, data))


def obeys(method, task):
    """Share of a generator's images whose brightness is nearest to the class that was asked for."""
    y = torch.tensor(task.labels).repeat_interleave(16)
    z = torch.randn(len(y), method.noise, generator=torch.Generator().manual_seed(0))
    found = method.sample(task, y, z).float().mean((1, 2, 3))
    wanted = torch.tensor(task.classes)[torch.tensor([task.labels.index(label) for label in y.tolist()])]
    return ((found - 15) / 70).round().eq(wanted).float().mean().item()


def recognises(method, task, data):
    """Share of the task's real images that a classifier gives their own class."""
    real = training_images([task], data, 1)
    return (method.predict(real["x"]).argmax(1) == real["y"]).float().mean().item()


@pytest.mark.parametrize(("name", "variant", "settings"), [*learners()])
def test_a_generator_obeys_its_label_and_a_classifier_its_image(name, variant, settings, bright, tmp_path):
    """After some hundred steps: the task just learned, and the one before where nothing can be forgotten."""
    data, base = bright
    known = as_text(name, {**METHODS[name]["settings"], **METHODS[name]["variants"].get(variant, {})})
    tasks = TOLD[known["CONDITIONAL"] or "images" not in known["GIVES"]]
    whole = known["SEES"] == "all" or not known["CHAINED"]
    if known["SEES"] == "all" and not known["CHAINED"]:
        spec, checkpoint = learn_task(name, variant, tasks, 2, base, None, data, tmp_path, **settings)
        specs, checkpoints = {2: spec}, {2: checkpoint}
    else:
        specs, checkpoints = run_chain(name, variant, tasks, base, data, tmp_path, **settings)
    method, _ = model_after(2, name, specs, checkpoints, base)
    for task in tasks if whole else tasks[1:]:
        if "images" in method.GIVES:
            assert obeys(method, task) > CHANCE + 0.15, task.index
        if "predictions" in method.GIVES:
            assert recognises(method, task, data) >= 0.9, task.index


class Deaf:
    """Gives one class, or all in turn, whatever is asked for; predicts one class of whatever it is shown."""

    noise = 1

    def __init__(self, only=None):
        self.only = only

    def sample(self, task, labels, z):
        made = torch.arange(len(z)).remainder(4) if self.only is None else torch.full((len(z),), self.only)
        return (15 + 70 * made).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).to(torch.uint8)

    def predict(self, images):
        return torch.eye(4)[torch.full((len(images),), 2)]


def test_a_method_that_ignores_what_it_is_asked_fails(bright):
    for task in (*TOLD[True], *TOLD[False]):
        assert obeys(Deaf(), task) == 0.25
        assert obeys(Deaf(task.classes[0]), task) == 1 / len(task.labels)
    assert obeys(Deaf(TOLD[False][0].classes[0]), TOLD[False][1]) == 0  # of the task before
    assert recognises(Deaf(), TOLD[True][0], bright[0]) == 0
    assert recognises(Deaf(), TOLD[True][1], bright[0]) == 0.5
