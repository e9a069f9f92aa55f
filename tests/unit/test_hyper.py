"""Hyper-LifelongGAN and its rivals: what of earlier tasks is kept, and that a translator obeys what it is given."""

import importlib
from pathlib import Path

import pytest
import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.machine.device import choose_device
from mneme.methods.hyper.translation import Translation
from mneme.settings import Settings
from mneme.spec import class_name
from mneme.state import numbers

CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).parents[2] / "config")
CPU = choose_device("cpu", 1)
ALONE = ("full", "hyper_full")
CHAINED = ("sft_hyper", "lifelong_gan_pp", "piggyback_gan", "hyper_lifelong_gan")
DISTILLED = ("lifelong_gan_pp", "hyper_lifelong_gan")
KINDS = ("paired", "unpaired")
TINY = {"width": 2, "blocks": 1, "patch_width": 2, "patch_depth": 1, "batch": 3, "steps": 50, "lr": 1e-2, "pool": 2}


def stream(kind, count=4):
    return [Task(i, str(i), f"targets{i}", (0,), (i - 1,), False, kind, "givens") for i in range(1, count + 1)]


def make(name, tasks, previous=None, variant=None, **settings):
    declared = CATALOGUE.method(name, "tests")
    values = {**declared.settings, **declared.variants.get(variant, {}), **TINY, **settings}
    cls = getattr(importlib.import_module(f"mneme.methods.hyper.{name}"), class_name(f"hyper.{name}"))
    method = cls(Settings(values), tasks, 8, 1, CPU, None)
    torch.manual_seed(len(tasks))
    method.begin(previous, {})
    return method


def drawn(n=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x, a = torch.randint(0, 256, (2, n, 1, 8, 8), generator=generator, dtype=torch.uint8)
    return {"x": x, "a": a, "y": torch.zeros(n, dtype=torch.long)}


def trained(method, steps=2):
    for k in range(steps):
        torch.manual_seed(k)
        losses = method.step(drawn(seed=k))
    return losses


def chain(name, kind, count=2, **settings):
    """The method begun with task ``count``, which the tasks before were trained for."""
    tasks, method = stream(kind, count), None
    for t in range(1, count + 1):
        before = trained(method) and method.state() if method else None
        method = make(name, tasks[:t], before, **settings)
    return method


def shown(method, state, index):
    """Images of a task by the model of a state."""
    reader = make(type(method).__module__.rpartition(".")[2], method.tasks, None, **dict(method.settings))
    reader.restore({method.task.index: state})
    task = method.tasks[index - 1]
    return reader.sample(
        task, drawn(5, 9)["a"], torch.randn(1, method.noise, generator=torch.Generator().manual_seed(1))
    )


# ---- what a task changes of earlier ones -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CHAINED)
def test_what_is_kept_of_earlier_tasks(name, kind):
    """Piggyback keeps them to the bit, those under distillation change, fine-tuning has one set of parts."""
    method = chain(name, kind, 3)
    before = {k: v.clone() for k, v in method.state()["forward"].items()}
    images = [shown(method, method.state(), index) for index in (1, 2)]
    trained(method, 3)
    after = method.state()["forward"]
    earlier = [key for key in after if method.translators["forward"].slots[-1] != key.split(".")[1] or "weights" in key]
    exact = name == "piggyback_gan"
    assert all(torch.equal(after[key], before[key]) == exact for key in earlier if "weights" in key)
    kept = [torch.equal(image, shown(method, method.state(), index)) for index, image in enumerate(images, 1)]
    assert kept == [exact, exact]
    assert any(not torch.equal(after[key], before[key]) for key in after)


@pytest.mark.parametrize("kind", KINDS)
def test_piggyback_changes_nothing_of_earlier_tasks(kind):
    method = chain("piggyback_gan", kind, 3)
    ways = {way: {k: v.clone() for k, v in net.state_dict().items()} for way, net in method.translators.items()}
    trained(method, 3)
    for way, before in ways.items():
        changed = {key for key, value in method.translators[way].state_dict().items() if not value.equal(before[key])}
        assert changed and all(
            key.split(".")[:2] in (["free", "3"], ["matrices", "3"], ["norms", "3"]) for key in changed
        )


@pytest.mark.parametrize("kind", KINDS)
def test_with_frozen_weights_earlier_tasks_are_kept_to_the_bit(kind):
    method = chain("hyper_lifelong_gan", kind, 3, frozen_w=True)
    assert method.teachers == {}
    images = [shown(method, method.state(), index) for index in (1, 2)]
    weights = [weight.clone() for weight in method.translators["forward"].weights]
    assert "reminder" not in trained(method, 3)
    assert all(torch.equal(a, b) for a, b in zip(weights, method.translators["forward"].weights, strict=True))
    for index, image in enumerate(images, 1):
        assert torch.equal(image, shown(method, method.state(), index))


def test_unchained_translators_start_anew():
    first, second = (make("hyper_full", stream("paired")[:t]) for t in (1, 2))
    assert list(second.translators["forward"].slots) == ["1"]
    assert numbers(first.snapshot()) == numbers(second.snapshot())


# ---- distillation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("distillation", ["swap", "unswap", "noise"])
@pytest.mark.parametrize("past", ["all", "one"])
@pytest.mark.parametrize("name", DISTILLED)
def test_distillation_and_its_gradient_are_zero_when_a_task_begins(name, past, distillation, kind):
    method = chain(name, kind, 3, distillation=distillation, past=past)
    a, b = (torch.rand(3, 1, 8, 8) * 2 - 1 for _ in range(2))
    reminder = method.reminder(a, b, method.z())
    assert reminder.item() == 0.0
    parameters = [p for network in method.translators.values() for p in network.parameters()]
    gradients = torch.autograd.grad(reminder, parameters, allow_unused=True)
    assert any(g is not None for g in gradients)
    assert all(g is None or not g.any() for g in gradients)
    trained(method, 1)
    assert method.reminder(a, b, method.z()).item() > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", DISTILLED)
def test_distillation_is_equation_10(name, kind):
    """Targets are its input (given images of the way back), z is the same for old and new, norms are means."""
    method = chain(name, kind, 3, beta=7.0)
    teachers = {way: make(name, method.tasks[:2]).translators[way] for way in method.translators}
    for way, teacher in teachers.items():
        teacher.load_state_dict(method.before[way])
    trained(method, 2)
    a, b, z = torch.rand(3, 1, 8, 8) * 2 - 1, torch.rand(3, 1, 8, 8) * 2 - 1, method.z()
    slow = 0.0
    for way, x in (("forward", b), ("backward", a)):
        for slot in ("1", "2") if way in teachers else ():
            old, new = (net.formed(slot, z)(x).detach() for net in (teachers[way], method.translators[way]))
            slow += sum((old[i] - new[i]).abs().mean().item() for i in range(3)) / 3
    assert method.reminder(a, b, z).item() == pytest.approx(7 * slow, rel=1e-4)


def test_one_task_of_the_past_stands_for_all():
    method = chain("hyper_lifelong_gan", "paired", 4, past="one")
    trained(method, 2)
    a, b, z = torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8), method.z()
    one = [method.reminder(a, b, z).item() for _ in range(40)]
    object.__setattr__(method, "settings", Settings({**method.settings, "past": "all"}))
    assert len({round(value, 3) for value in one}) == 3
    assert sum({round(value, 3) for value in one}) / 3 == pytest.approx(method.reminder(a, b, z).item(), rel=1e-2)


def test_without_beta_it_is_left_out():
    method = chain("hyper_lifelong_gan", "paired", 2, beta=0.0)
    assert method.reminder(torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8), method.z()) is None


# ---- z ---------------------------------------------------------------------------------------------------------------


def test_z_is_drawn_in_every_step_or_once_for_good():
    resampled = chain("hyper_lifelong_gan", "paired", 2)
    assert resampled.noise == 64 and not torch.equal(resampled.z(), resampled.z())
    fixed = chain("hyper_lifelong_gan", "paired", 2, z="fixed")
    assert fixed.noise == 0 and torch.equal(fixed.z(), fixed.z()) and fixed.z().any()
    assert torch.equal(fixed.before["z"], fixed.state()["z"])
    assert shown(fixed, fixed.state(), 1).shape == (5, 1, 8, 8)


def test_images_depend_on_z():
    method = chain("hyper_full", "paired", 1)
    method.restore({1: method.state()})
    given = drawn(2)["a"]
    one, other, again = (
        method.sample(method.task, given, torch.randn(1, 64, generator=torch.Generator().manual_seed(s)))
        for s in (1, 2, 1)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_a_z_of_zero_is_refused_where_filters_would_vanish():
    method = chain("hyper_full", "paired", 1)
    method.restore({1: method.state()})
    with pytest.raises(ValueError, match="z is zero: without biases all filters are zero too"):
        method.sample(method.task, drawn()["a"], torch.zeros(1, 64))
    method = chain("hyper_full", "paired", 1, bias=True)
    method.restore({1: method.state()})
    assert method.sample(method.task, drawn()["a"], torch.zeros(1, 64)).shape == (3, 1, 8, 8)


# ---- checkpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAINED)
def test_growth_is_told_task_by_task(name):
    method = chain(name, "unpaired", 3)
    rows = method.growth(method.state())["tasks"]
    assert [row["task"] for row in rows] == [1, 2, 3]
    assert sum(row["parameters"] for row in rows) == numbers(method.snapshot()["forward"])
    first = chain(name, "unpaired", 1)
    assert rows[0]["parameters"] == numbers(first.snapshot()["forward"]) and first.growth(first.state()) == {}
    norms = 2 * sum(method.translators["forward"].normalised)
    if name == "lifelong_gan_pp":
        assert rows[1]["parameters"] == rows[2]["parameters"] == norms
    assert (rows[2]["parameters"] == 0) == (name == "sft_hyper")


def test_the_way_back_is_kept_in_the_checkpoint_and_no_part_of_the_model():
    method = chain("hyper_lifelong_gan", "unpaired", 2)
    assert set(method.state()) - set(method.snapshot()) == {"backward"}
    assert "backward" not in chain("hyper_lifelong_gan", "paired", 2).state()


@pytest.mark.parametrize("name", CHAINED)
def test_a_stream_may_have_pairs_and_sets(name):
    """The way back waits while there are pairs, and has a slot for each task without."""
    kinds, method = ("unpaired", "paired", "unpaired"), None
    tasks = [stream(kind, 3)[i] for i, kind in enumerate(kinds)]
    for t in (1, 2, 3):
        before = trained(method) and method.state() if method else None
        method = make(name, tasks[:t], before)
        waited = before and before["backward"]
        if t == 2:
            kept = {key: value.clone() for key, value in waited.items()}
    assert all(torch.equal(kept[key], value) for key, value in waited.items())
    assert list(method.translators["backward"].slots) == (["1"] if name == "sft_hyper" else ["1", "3"])
    trained(method)
    assert shown(method, method.state(), 2).shape == (5, 1, 8, 8)


def test_task_1_of_hyper_lifelong_gan_is_that_of_fine_tuning():
    """To the byte, whatever the settings without effect on it."""
    other = {"specific": False, "beta": 1.0, "past": "one", "distillation": "noise", "frozen_w": True}
    states = []
    for name, settings in (
        ("sft_hyper", {}), ("hyper_lifelong_gan", {}),
        ("hyper_lifelong_gan", other),
    ):  # fmt: skip
        method = chain(name, "unpaired", 1, **settings)
        trained(method)
        states.append(method.state())
    for other in states[1:]:
        assert {k: v for k, v in other.items() if k in ("shape", "learned")} == {
            k: states[0][k] for k in ("shape", "learned")
        }
        for way in ("forward", "backward"):
            assert other[way].keys() == states[0][way].keys()
            assert all(torch.equal(other[way][key], value) for key, value in states[0][way].items())


def test_a_teacher_that_does_not_fit_is_refused():
    tasks = stream("paired")
    previous = make("hyper_lifelong_gan", tasks[:1]).state()
    with pytest.raises(UserError, match=r"task 2 goes on from networks of .*'width': 2.*, but is set to .*'width': 4"):
        make("hyper_lifelong_gan", tasks[:2], previous, width=4)
    other = [Task(1, "1", "elsewhere", (0,), (0,), False, "paired", "givens"), tasks[1]]
    with pytest.raises(
        UserError, match="task 2 goes on from a checkpoint of another stream, which has learned targets1"
    ):
        make("hyper_lifelong_gan", other, previous)
    with pytest.raises(UserError, match="task 3 goes on from a checkpoint of another stream"):
        make("piggyback_gan", tasks[:3], make("piggyback_gan", tasks[:1]).state())


def test_a_task_that_was_never_learned_is_refused():
    method = chain("full", "paired", 1)
    method.restore({1: method.state()})
    with pytest.raises(UserError, match="task 2, '2', was never learned"):
        method.sample(stream("paired")[1], drawn()["a"], torch.zeros(1, 0))


# ---- learning --------------------------------------------------------------------------------------------------------


def sides(n, low, high, seed):
    """Noisy images uint8 [n, 1, 8, 8]: by turns the left and the right half is ``high``, the other ``low``."""
    right = (torch.arange(8) >= 4).expand(n, 1, 8, 8)
    turn = (torch.arange(n) % 2 == 1).view(n, 1, 1, 1)
    noise = torch.randint(0, 30, (n, 1, 8, 8), generator=torch.Generator().manual_seed(seed))
    return (torch.where(right == turn, high, low) + noise).to(torch.uint8)


def obeyed(translate, low, high):
    """Share of given images whose translation has the brightness of each half that its own target has."""
    made, own = translate(sides(16, 10, 200, 3)).float(), sides(16, low, high, 4).float()
    near = (made - own).abs().flatten(1).mean(1) < 40
    return (
        (near & ((made - own).abs().flatten(1).mean(1) < (made - own.roll(1, 0)).abs().flatten(1).mean(1)))
        .float()
        .mean()
    )


TARGETS = {"paired": (215, 20), "unpaired": (120, 225)}  # pairs: dark and bright exchanged; sets: dark raised to grey
LEARNING = {"width": 4, "patch_width": 4, "batch": 8, "lr": 2e-3, "lr_d": 1e-3}


def learned(name, kind, tasks, previous=None, low_high=None, steps=150):
    low, high = low_high or TARGETS[kind]
    steps = steps if kind == "paired" else 2 * steps
    method = make(name, tasks, previous, **LEARNING, steps=steps)
    a, x = sides(64, 10, 200, 1), sides(64, low, high, 2)
    for step in range(steps):
        torch.manual_seed(step)
        rows = torch.randint(64, (2, 8))
        chosen = {"a": a[rows[0]], "x": x[rows[0 if kind == "paired" else 1]]}
        method.step({**chosen, "y": torch.zeros(8, dtype=torch.long)})
    state = method.state()
    method.restore({method.task.index: state})
    return method, state


def translator(method, task):
    z = torch.randn(1, method.noise, generator=torch.Generator().manual_seed(5))
    return lambda a: method.sample(task, a, z)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [*ALONE, *CHAINED])
def test_a_translator_obeys_its_input(name, kind):
    method, _ = learned(name, kind, stream(kind, 1))
    assert obeyed(translator(method, method.task), *TARGETS[kind]) >= 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_a_translator_that_ignores_its_input_does_not(kind, monkeypatch):
    """The same training with given images that say nothing, and a constant: at best half of the images are right."""
    assert obeyed(lambda a: sides(16, *TARGETS[kind], 7)[:1].expand(16, 1, 8, 8), *TARGETS[kind]) == 0.5
    genuine = Translation.step
    monkeypatch.setattr(Translation, "step", lambda self, batch: genuine(self, {**batch, "a": batch["a"] * 0 + 100}))
    method, _ = learned("full", kind, stream(kind, 1), steps=60)
    assert obeyed(lambda a: translator(method, method.task)(a * 0 + 100), *TARGETS[kind]) <= 0.5


def test_fine_tuning_forgets_and_the_others_do_not():
    """Task 1 exchanges dark and bright, task 2 does not; asked for task 1, fine-tuning does what it learned last."""
    tasks, remembered = stream("paired", 2), {}
    for name in CHAINED:
        _, state = learned(name, "paired", tasks[:1])
        method, _ = learned(name, "paired", tasks, state, (10, 200))
        again, first = (
            obeyed(translator(method, tasks[1]), 10, 200),
            obeyed(translator(method, tasks[0]), *TARGETS["paired"]),
        )
        assert again >= 0.9, name
        remembered[name] = first.item()
    assert remembered.pop("sft_hyper") <= 0.1
    assert min(remembered.values()) >= 0.9, remembered
