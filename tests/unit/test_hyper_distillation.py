"""Distillation and the noise of Hyper-LifelongGAN and LifelongGAN++."""

import pytest
import torch
from test_hyper import DISTILLED, KINDS, chain, drawn, make, shown, trained

from mneme.settings import Settings


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("distillation", ["swap", "unswap", "noise"])
@pytest.mark.parametrize("past", ["all", "one"])
@pytest.mark.parametrize("name", DISTILLED)
def test_distillation_and_its_gradient_are_zero_when_a_task_begins(name, past, distillation, kind):
    method = chain(name, kind, 3, distillation=distillation, past=past)
    a, b = (torch.rand(3, 1, 8, 8) * 2 - 1 for _ in range(2))
    penalty = method.penalty(a, b, method.z())
    assert penalty.item() == 0.0
    parameters = [p for network in method.translators.values() for p in network.parameters()]
    gradients = torch.autograd.grad(penalty, parameters, allow_unused=True)
    assert any(g is not None for g in gradients)
    assert all(g is None or not g.any() for g in gradients)
    trained(method, 1)
    assert method.penalty(a, b, method.z()).item() > 0


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
    assert method.penalty(a, b, z).item() == pytest.approx(7 * slow, rel=1e-4)


def test_one_task_of_the_past_stands_for_all():
    method = chain("hyper_lifelong_gan", "paired", 4, past="one")
    trained(method, 2)
    a, b, z = torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8), method.z()
    one = [method.penalty(a, b, z).item() for _ in range(40)]
    object.__setattr__(method, "settings", Settings({**method.settings, "past": "all"}))
    assert len({round(value, 3) for value in one}) == 3
    assert sum({round(value, 3) for value in one}) / 3 == pytest.approx(method.penalty(a, b, z).item(), rel=1e-2)


def test_without_beta_it_is_left_out():
    method = chain("hyper_lifelong_gan", "paired", 2, beta=0.0)
    assert method.penalty(torch.rand(1, 1, 8, 8), torch.rand(1, 1, 8, 8), method.z()) is None


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
