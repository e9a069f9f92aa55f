"""Equations of DGM against slow, obvious computations, and the published counts of its network."""

import math

import pytest
import torch

from mneme.methods.dgm import parts
from mneme.methods.dgm.plasticity import (
    compensation,
    cumulated,
    padded,
    regulariser,
    scale,
    widths_by_unit,
    widths_by_weight,
    widths_of_constant_room,
)
from mneme.networks import acgan, masked
from mneme.networks import masked_dcgan as network
from mneme.networks.bits import pack, unpack
from mneme.networks.strided_critic import Critic


def count(channels, width, labels):
    """Weights of the masked layers, and with the last convolutions of ``labels`` classes."""
    wide = network.widths(32, width)
    masked = sum(math.prod(shape) for shape in network.shapes(128, wide))
    own = network.Own(wide, channels, range(labels), first=True)
    return masked, masked + sum(p.numel() for p in own.heads.parameters())


def test_the_published_generators_have_the_published_counts():
    assert count(1, 6, 10) == (54_912, 55_872)
    assert count(3, 6, 10) == (54_912, 57_792)
    assert count(1, 20, 10)[0] == 227_840
    rival = acgan.Generator(size=32, channels=3, width=32, noise=128, labels=10)
    layers = [m for m in rival.modules() if isinstance(m, (torch.nn.Linear, torch.nn.ConvTranspose2d))]
    assert sum(layer.weight.numel() for layer in layers) == 520_544
    shares = [54_912 / 518_944, 227_840 / 518_944]  # of the rival's on grey images: 10 and 44 %, section 4
    assert shares == pytest.approx([0.106, 0.439], abs=1e-3)


@pytest.mark.parametrize(("size", "wide"), [(32, [24, 12, 6]), (16, [24, 12]), (8, [24])])
def test_generator_and_critic_make_and_judge_images_of_each_size(size, wide):
    assert network.widths(size, 6) == wide
    own = network.Own(wide, 3, (4, 7), first=False)
    weights = [masked.normal(torch.empty(*shape)) for shape in network.shapes(16, wide)]
    made = network.generate(
        weights, [torch.ones_like(w) for w in weights], own, torch.randn(5, 16), torch.tensor([4, 7, 7, 4, 4])
    )
    assert made.shape == (5, 3, size, size)
    critic = Critic(size=size, channels=3, width=2, labels=4)
    scores, logits = critic(made)
    assert scores.shape == (5,) and logits.shape == (5, 4)


def test_each_class_has_a_last_convolution_of_its_own():
    own = network.Own([3], 1, (4, 7), first=False)
    h, y = torch.randn(3, 3, 4, 4), torch.tensor([7, 4, 7])
    expected = [torch.tanh(own.heads[str(int(label))](row[None]))[0] for row, label in zip(h, y, strict=True)]
    torch.testing.assert_close(own.image(h, y), torch.stack(expected))


def test_the_class_is_in_the_first_entries_of_z():
    z = torch.randn(2, 6)
    made = masked.one_hot_first(z, torch.tensor([2, 0]), 3)
    assert made[:, :3].tolist() == [[0, 0, 1], [1, 0, 0]] and torch.equal(made[:, 3:], z[:, 3:])


# ---- annealing -------------------------------------------------------------------------------------------------------

MNIST = {"steps": 8080, "cycle": 80, "s_max": 1e4, "annealing": "released"}


@pytest.mark.parametrize(
    ("epoch", "b", "s", "top"),
    [
        (0, 0, 1e4, 1e-4),  # the first epoch runs backwards
        (0, 40, 5000.00005, 1e-4),
        (1, 0, 1 / 99.0100, 99.0100),
        (1, 79, 97.7725, 99.0100),
        (50, 40, 2475.2476, 4950.49505),
        (100, 79, 9777.2277, 9900.990099),
    ],
)
def test_scale_of_dgmw_by_hand(epoch, b, s, top):
    found = scale(80 * epoch + b, **MNIST, local=True)
    assert found == pytest.approx((s, top), rel=1e-4)


def test_scale_of_dgma_is_that_of_its_epoch():
    found = {scale(80 * 3 + b, **{**MNIST, "s_max": 1e5}, local=False) for b in range(80)}
    assert len(found) == 1
    assert found.pop() == pytest.approx((1e-5 + (1e5 - 1e-5) * 3 / 101,) * 2)


def test_other_annealings():
    paper = {**MNIST, "annealing": "paper"}
    assert scale(8079, **paper, local=True) == pytest.approx((1e4, 1e4))
    assert scale(80 * 50, **paper, local=True) == pytest.approx((1 / 5000.00005, 5000.00005))
    assert scale(80 * 100, **{**MNIST, "annealing": "next"}, local=False)[0] == pytest.approx(1e4)
    assert scale(0, steps=1, cycle=4, s_max=10.0, annealing="paper", local=True) == pytest.approx((10, 0.1))


# ---- embeddings and masks --------------------------------------------------------------------------------------------


def test_compensation_by_loops():
    e = torch.tensor([[-0.3, 0.0], [0.02, 2.0]])
    for s, top in ((1e-3, 500.0), (7.0, 500.0), (1e4, 1e-4)):
        found = compensation(e, s, top)
        for i in range(2):
            for j in range(2):
                x = float(e[i, j])
                inside = min(50.0, max(-50.0, s * x))
                expected = top / s * (math.cosh(inside) + 1) / (math.cosh(x) + 1)
                assert float(found[i, j]) == pytest.approx(expected, rel=1e-4)


def test_compensation_undoes_the_annealing_of_a_gradient():
    """The gradient of sigmoid(s e) times the factor is top times that of sigmoid(e)."""
    e = torch.linspace(-2, 2, 9, dtype=torch.float64, requires_grad=True)
    for s in (0.01, 1.0, 9.0):
        (gradient,) = torch.autograd.grad(torch.sigmoid(s * e).sum(), e)
        (plain,) = torch.autograd.grad(torch.sigmoid(e).sum(), e)
        torch.testing.assert_close(gradient * compensation(e.detach(), s, 3.0), 3.0 * plain)


def test_regulariser_by_loops():
    torch.manual_seed(0)
    masks = [torch.rand(3, 4), torch.rand(5)]
    reserved = [torch.rand(3, 4) > 0.5, torch.rand(5) > 0.5]
    above = below = 0.0
    for mask, before in zip(masks, reserved, strict=True):
        for m, b in zip(mask.flatten().tolist(), before.flatten().tolist(), strict=True):
            above += m * (1 - b)
            below += 1 - b
    assert regulariser(masks, reserved).item() == pytest.approx(above / below)
    assert regulariser(masks, [torch.ones_like(r) for r in reserved]).item() == 0


def test_masks_cumulate_over_tasks_of_growing_layers():
    first, second = [torch.tensor([[True, False]])], [torch.tensor([[False, False, True], [True, False, False]])]
    found = cumulated([first, second], [(3, 4)], torch.device("cpu"))[0]
    expected = [[True, False, True, False], [True, False, False, False], [False] * 4]
    assert found.tolist() == expected
    assert padded(first[0], (2, 3)).tolist() == [[True, False, False], [False] * 3]


@pytest.mark.parametrize("shape", [(1,), (5, 7), (2, 3, 4, 4), (64,), (0,)])
def test_bits_come_back(shape):
    mask = torch.rand(shape, generator=torch.Generator().manual_seed(1)) > 0.4
    words = pack(mask)
    assert words.dtype == torch.int32 and len(words) == -(-mask.numel() // 32)
    assert torch.equal(unpack(words, shape), mask)


def test_occupation_by_sets():
    e = [torch.tensor([0.5, -1.0, 0.0, 0.0, 2.0])]
    reserved = [torch.tensor([True, False, False, True, False])]
    (row,) = parts.occupation(3, e, reserved)
    assert row == {
        **{"task": 3, "layer": 1, "entries": 5, "used": 4, "newly": 2, "reused": 2},
        **{"idle_newly": 1, "idle_reused": 1, "free": 1},
    }


# ---- expansion -------------------------------------------------------------------------------------------------------


def slow_widths(wide, newly, noise):
    """Outputs are added one at a time until what the layer gained makes up for what was reserved."""
    new, before = [], noise
    for out, count in zip(wide, newly, strict=True):
        inputs = new[-1] if new else noise
        added = 0
        while (inputs * (out + added) - before * out) * 16 < count:
            added += 1
        new.append(out + added)
        before = out
    return new


@pytest.mark.parametrize("newly", [(0, 0, 0), (1, 1, 1), (18666, 2329, 300), (49152, 4608, 1152), (200, 4608, 0)])
def test_widths_of_dgmw_make_up_for_what_was_reserved(newly):
    assert widths_by_weight([24, 12, 6], newly, 128) == slow_widths([24, 12, 6], newly, 128)


def test_widths_of_dgmw_as_a_released_run_has_them():
    """Layer 1 reserved 18,666 and layer 2 2,329 of 49,152 and 4,608: 34 and 13 outputs, 76,704 weights."""
    wide = widths_by_weight([24, 12], [18_666, 2_329], 128)
    assert wide == [34, 13]
    assert sum(math.prod(shape) for shape in network.shapes(128, wide)) == 76_704


def test_dgma_has_as_many_free_units_as_before():
    assert widths_by_unit([80, 40, 20], [7, 0, 20]) == [87, 40, 40]


def test_new_columns_are_drawn_and_old_weights_stay():
    old = torch.randn(3, 2, 4, 4)
    new = masked.grown(old, (5, 4, 4, 4), lambda w: torch.nn.init.constant_(w, 9.0))
    assert torch.equal(new[:3, :2], old)
    assert (new[3:] == 9).all() and (new[:, 2:] == 9).all()


def test_constant_room_by_hand():
    """z of 8, so columns of 128 in the first layer, 16 for each of its outputs in the second."""
    first, units = network.shapes(8, [4, 2]), network.units(2)
    assert widths_of_constant_room([4, 2], [0, 0], first, units) == [4, 2]
    assert widths_of_constant_room([4, 2], [1, 0], first, units) == [5, 2]
    assert widths_of_constant_room([5, 2], [128, 0], first, units) == [5, 2]  # there is room from the time before
    assert widths_of_constant_room([5, 2], [129, 32], first, units) == [
        6,
        2,
    ]  # 192 of 6 inputs: 128 and 32, 32 to spare
    assert widths_of_constant_room([6, 2], [129, 65], first, units) == [6, 3]
