"""The contract that every method passes, on every kind of stream: one test, parametrised over the catalogue.

A new method is covered by adding its YAML file; nothing here names one, except where a paper says something of it.
Methods outside the checkout are covered too (``toy_chains.py``). Methods whose tasks give images have a test of their
own, ``test_methods_translation.py``; that methods learn is shown in ``test_methods_learning.py``.
"""

import io
import json
from signal import SIGTERM
from unittest.mock import patch

import pytest
import torch
from progress_checks import assert_progress, contents, unlisted
from toy_chains import (
    CONSTANTS,
    CPU,
    LABELLED,
    METHODS,
    SOURCE,
    STREAMS,
    Learned,
    as_text,
    assert_given,
    contract,
    equal,
    frozen_base,
    given,
    learn,
    learn_task,
    model_after,
    other,
    replays,
    run_chain,
    samples,
    spec_of,
    starts,
)

from mneme.data.load import load
from mneme.errors import UserError
from mneme.spec import spec_hash
from mneme.training import restore as restoring
from mneme.training.job import training_images
from mneme.training.restore import create, restore, restore_snapshot
from mneme.training.resume import Interrupted, Resume

VARIANTS = [(name, variant) for name in LABELLED for variant in [None, *METHODS[name].get("variants", {})]]
FILES = ("checkpoint.pt", "snapshots.pt", "losses.pt")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Seven classes of 12 noisy grey 8x8 images each, told apart by their brightness."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(7).repeat_interleave(12)
    x = (y.view(-1, 1, 1, 1) * 30 + torch.randint(0, 40, (84, 1, 8, 8), generator=generator)).to(torch.uint8)
    path = tmp_path_factory.mktemp("data") / "toy.pt"
    torch.save({"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": list("0123456"), "spec": "d"}, path)
    return {"toy": path}


@pytest.fixture(scope="module")
def base(data, tmp_path_factory):
    spec = spec_of("base", None, [SOURCE], 1, {"base": None, "previous": None})
    return spec_hash(spec), learn(spec, tmp_path_factory.mktemp("base"), data)


@pytest.fixture(scope="module")
def learned(base, data, tmp_path_factory):
    return Learned(STREAMS, base, data, lambda: tmp_path_factory.mktemp("learned"))


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize(("name", "variant"), [pair for pair in VARIANTS if pair[0] != "base"])
def test_contract(name, variant, kind, learned, base, data):
    tasks, first_seen = STREAMS[kind], {}
    specs, checkpoints = learned.chain(name, variant, kind)
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


@pytest.mark.parametrize(("name", "variant"), [pair for pair in VARIANTS if pair[0] != "base"])
def test_a_repeated_chain_has_the_same_bytes(name, variant, learned, base, data, tmp_path):
    """On the stream that has it all: several classes, one, and images that are mirrored at random."""
    specs, checkpoints = learned.chain(name, variant, "several classes")
    again, repeated = run_chain(name, variant, STREAMS["several classes"], base, data, tmp_path)
    assert again == specs
    for t in checkpoints:
        for file in FILES:
            assert (checkpoints[t].parent / file).read_bytes() == (repeated[t].parent / file).read_bytes()


@pytest.mark.parametrize("name", [name for name in LABELLED if name != "base" and contract(name).get("FIRST")])
def test_a_method_goes_on_from_the_first_task_it_shares(name, learned, base, data, tmp_path):
    """FIRST: the same constants, no setting that this method lacks, and a task 1 that its task 2 can start from."""
    first, tasks = contract(name)["FIRST"], STREAMS["several classes"][:2]
    assert {key: contract(first)[key] for key in ("SEES", "CHAINED", "BASE")}.items() <= contract(name).items()
    assert set(METHODS[first]["settings"]) <= set(METHODS[name]["settings"])
    spec, checkpoint = learned(first, None, "several classes", 1)
    before = spec_hash(spec), checkpoint
    spec, checkpoint = learn_task(name, None, tasks, 2, base, before, data, tmp_path)
    method, statuses = restore(spec, frozen_base(name, base), {2: checkpoint}, CPU)
    assert statuses[2]["state"] in ("ok", "collapsed")
    assert_given(given(method, tasks[0]), method)


@pytest.mark.parametrize(
    ("name", "setting"), [(name, setting) for name in LABELLED for setting in contract(name).get("LATER", ())]
)
def test_settings_for_later_have_no_effect_on_task_1(name, setting, learned, base, data, tmp_path):
    changed = {setting: other(name, setting)}
    _, path = learn_task(name, None, STREAMS["several classes"], 1, base, None, data, tmp_path, **changed)
    made = [torch.load(one, weights_only=True) for one in (path, learned(name, None, "several classes", 1)[1])]
    assert contents(made[0]["state"]) == contents(made[1]["state"])


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
def test_a_resumed_task_has_the_bytes_of_an_undisturbed_one(name, variant, learned, base, data, tmp_path):
    """Interrupted after every single step, and gone on with: the second task, which has all there is to remember."""
    tasks, before, undisturbed = [SOURCE], None, base[1]
    if name != "base":
        first, checkpoint = learned(name, variant, "several classes", 1)
        tasks, before = STREAMS["several classes"][:2], (spec_hash(first), checkpoint)
        _, undisturbed = learned(name, variant, "several classes", 2)
    task, steps = len(tasks), spec_of(name, variant, tasks, len(tasks), {})["steps"]

    class Impatient(Resume):
        def due(self):
            self.asked_by = SIGTERM
            return True

    for _ in range(steps - 1):
        with pytest.raises(Interrupted):
            impatient = Impatient(tmp_path / ".resume", "x", 1e9)
            learn_task(name, variant, tasks, task, base, before, data, tmp_path, resume=impatient)
    patient = Resume(tmp_path / ".resume", "x", 1e9)
    spec, resumed = learn_task(name, variant, tasks, task, base, before, data, tmp_path, resume=patient)
    assert not (tmp_path / ".resume").exists()
    for file in FILES:
        assert (undisturbed.parent / file).read_bytes() == (resumed.parent / file).read_bytes()
    timing = json.loads((resumed.parent / "timing.pt").read_text())
    assert [row["step"] for row in timing["stretches"]] == list(range(1, steps + 1))
    assert timing["spec"] == spec_hash(spec) and all(row["seconds"] > 0 for row in timing["stretches"])


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


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_all_that_a_step_changes_is_listed_and_nothing_else(name, variant, learned, base, data):
    before = None
    if name != "base":
        spec, first = learned(name, variant, "several classes", 1)
        before = starts(name, 2, base, (spec_hash(spec), first)).get("previous", (None, None))[1]
    assert_progress(lambda: begun(name, variant, base, before, data))


def test_a_part_that_is_not_listed_is_found(base, data, monkeypatch):
    from mneme.methods.gan_memory.transfer import Transfer

    monkeypatch.setattr(Transfer, "PROGRESS", ("generator", "discriminator", "average"))
    assert unlisted(begun("transfer", None, base, base[1], data)) == {"game"}


ALL = [(name, variant) for name, method in METHODS.items() for variant in [None, *method.get("variants", {})]]


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


def test_a_diverged_task_of_an_unchained_method_takes_no_other_with_it(learned, base, data, tmp_path):
    specs, checkpoints = learned.chain("gan_memory", None, "several classes")
    bad = spec_of("gan_memory", None, STREAMS["several classes"], 2, {"base": base[0], "previous": None}, lr=1e30)
    specs[2], checkpoints[2] = bad, learn(bad, tmp_path, data, base=base[1])
    _, statuses = model_after(3, "gan_memory", specs, checkpoints, base)
    assert [statuses[i]["state"] == "diverged" for i in (1, 2, 3)] == [False, True, False]


def test_a_gan_memory_file_holds_styles_only(learned, base):
    _, checkpoint = learned("gan_memory", None, "one class", 1)
    state = torch.load(checkpoint, weights_only=True)["state"]
    assert set(state) == {"styles"}
    generator = torch.load(base[1], weights_only=True)["state"]["generator"]
    layers = [
        name.removesuffix(".weight") for name, w in generator.items() if name == "fc.weight" or w.shape[2:] == (3, 3)
    ]
    assert set(state["styles"]) == {f"{layer}.{group}" for layer in layers for group in ("scale", "shift", "bias")}
    numbers = sum(value.numel() for value in state["styles"].values())
    assert numbers < sum(w.numel() for w in generator.values()) / 2
    assert all(value.untyped_storage().nbytes() == value.numel() * 4 for value in state["styles"].values())


def test_no_bias_and_conditional_change_only_what_they_say(learned):
    keys = {}
    for variant in (None, "no_bias", "conditional"):
        _, checkpoint = learned("gan_memory", variant, "several classes", 1)
        keys[variant] = torch.load(checkpoint, weights_only=True)["state"]["styles"]
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
