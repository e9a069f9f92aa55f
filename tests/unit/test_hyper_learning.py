"""Translators of Hyper-LifelongGAN and its rivals obey what they are given, and remember it or not."""

import pytest
import torch
from test_hyper import ALONE, CHAINED, KINDS, make, stream

from mneme.methods.hyper.translation import Translation


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
