"""Hyper-LifelongGAN and its rivals: what of earlier tasks is kept."""

import importlib
from pathlib import Path

import pytest
import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.machine.device import choose_device
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
    assert "penalty" not in trained(method, 3)
    assert all(torch.equal(a, b) for a, b in zip(weights, method.translators["forward"].weights, strict=True))
    for index, image in enumerate(images, 1):
        assert torch.equal(image, shown(method, method.state(), index))


def test_unchained_translators_start_anew():
    first, second = (make("hyper_full", stream("paired")[:t]) for t in (1, 2))
    assert list(second.translators["forward"].slots) == ["1"]
    assert numbers(first.snapshot()) == numbers(second.snapshot())


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
        assert other["learned"] == states[0]["learned"] == 1
        for way in ("forward", "backward"):
            assert other[way].keys() == states[0][way].keys()
            assert all(torch.equal(other[way][key], value) for key, value in states[0][way].items())


def test_a_task_that_was_never_learned_is_refused():
    method = chain("full", "paired", 1)
    method.restore({1: method.state()})
    with pytest.raises(UserError, match="task 2, '2', was never learned"):
        method.sample(stream("paired")[1], drawn()["a"], torch.zeros(1, 0))
