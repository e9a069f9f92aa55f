"""The networks of Hyper-LifelongGAN and its rivals: published counts, and filters against slow computations."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mneme.errors import UserError
from mneme.networks.hyper_translator import FilterGenerators, HyperTranslator
from mneme.networks.patch_discriminator import PatchDiscriminator
from mneme.networks.piggyback_translator import PiggybackTranslator, combined
from mneme.networks.resnet_translator import Layer, PlainTranslator, layers, reflect, require_size

PUBLISHED = {"channels": 3, "width": 64, "blocks": 6}
SMALL = {"channels": 3, "width": 4, "blocks": 2}
GENERATED = {"k": 7, "noise": 64, "hidden": 64}
ONE, TWO, THREE, FOUR = (tuple("1234"[:t]) for t in (1, 2, 3, 4))


def count(network):
    return sum(parameter.numel() for parameter in network.parameters())


def hyper(slots, **changes):
    with torch.device("meta") if changes.get("width", 64) == 64 else torch.device("cpu"):
        return HyperTranslator(slots, **{**PUBLISHED, **GENERATED, **changes})


def plain(slots):
    with torch.device("meta"):
        return PlainTranslator(slots, **PUBLISHED)


def piggyback(slots):
    with torch.device("meta"):
        return PiggybackTranslator(slots, **PUBLISHED, share=0.5)


# ---- counts: table 5 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "copies", "task_1", "task_2", "published"),
    [
        (hyper, True, 6_271_602, 12_543_204, ("6.27M", "12.54M", "6.27M")),  # Hyper-Full
        (hyper, False, 6_271_602, 6_462_052, ("6.27M", "6.46M", "0.19M")),  # Hyper-LifelongGAN
        (plain, True, 7_841_408, 15_682_816, ("7.84M", "15.68M", "7.84M")),  # Full
        (plain, False, 7_841_408, 7_848_832, ("7.84M", "7.85M", "0.01M")),  # LifelongGAN++
        (piggyback, False, 7_841_408, 12_216_992, ("7.84M", "12.22M", "4.38M")),  # Piggyback GAN
        (hyper, None, 6_271_602, 6_271_602, ("6.27M", "6.27M", "0.00M")),  # SFT, which has one slot for good
    ],
)
def test_the_eighteen_numbers_of_table_5(network, copies, task_1, task_2, published):
    one = count(network(ONE))
    two = {True: 2 * one, False: count(network(TWO)), None: one}[copies]
    assert (one, two) == (task_1, task_2)
    assert tuple(f"{number / 1e6:.2f}M" for number in (one, two, two - one)) == published


def test_growth_beyond_the_table():
    assert [count(hyper(slots)) for slots in (THREE, FOUR)] == [6_652_502, 6_842_952]
    assert count(piggyback(FOUR)) == 21_637_856
    grown = [count(piggyback(slots)) for slots in (TWO, THREE, FOUR)]
    assert [b - a for a, b in pairwise(grown)] == [4_598_816, 4_822_048]
    assert [count(hyper(slots, k=3)) for slots in (ONE, TWO)] == [2_733_986, 2_733_986 + 127_778]
    assert [count(hyper(slots, k=5)) for slots in (ONE, TWO)] == [4_502_722, 4_502_722 + 159_042]


def test_of_what_a_task_adds():
    """About 8 k for a layer of 3x3, its K x K coefficients, norms of 17 layers; biases and ablations change it."""
    generators = hyper(ONE).generators["1"]
    assert generators.hidden[0].numel() + generators.heads["3"][0].numel() == 8_128
    assert generators.hidden[0].numel() + generators.heads["7"][0].numel() == 26_048
    assert generators.coefficients.numel() == 18 * 49
    assert count(hyper(ONE).norms) == 7_424
    assert count(hyper(TWO, bias=True)) - count(hyper(ONE, bias=True)) == 193_296
    assert count(hyper(TWO, coefficients=False)) == 6_462_052 - 2 * 882
    assert count(hyper(TWO, specific=False)) == 6_271_602 + 7_424


def test_the_layers_have_the_published_weights():
    found = layers(**PUBLISHED)
    assert len(found) == 18 and sum(nn.Conv2d(*layer, bias=False).weight.numel() for layer in found) == 7_833_984


# ---- the network -----------------------------------------------------------------------------------------------------


class Textbook(nn.Module):
    """CycleGAN's ResNet as it is usually written, without biases, with affine instance norm."""

    def __init__(self, channels, width, blocks):
        super().__init__()

        def conv(*args, **kwargs):
            return nn.Conv2d(*args, bias=False, **kwargs)

        def norm(n):
            return nn.InstanceNorm2d(n, affine=True)

        def block(n):
            pad = nn.ReflectionPad2d(1)
            return nn.Sequential(pad, conv(n, n, 3), norm(n), nn.ReLU(), pad, conv(n, n, 3), norm(n))

        up = {"stride": 2, "padding": 1, "output_padding": 1, "bias": False}
        self.first = nn.Sequential(nn.ReflectionPad2d(3), conv(channels, width, 7), norm(width), nn.ReLU())
        self.down = nn.Sequential(
            conv(width, 2 * width, 3, stride=2, padding=1), norm(2 * width), nn.ReLU(),
            conv(2 * width, 4 * width, 3, stride=2, padding=1), norm(4 * width), nn.ReLU(),
        )  # fmt: skip
        self.blocks = nn.ModuleList(block(4 * width) for _ in range(blocks))
        self.up = nn.Sequential(
            nn.ConvTranspose2d(4 * width, 2 * width, 3, **up), norm(2 * width), nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 3, **up), norm(width), nn.ReLU(),
        )  # fmt: skip
        self.last = nn.Sequential(nn.ReflectionPad2d(3), conv(width, channels, 7), nn.Tanh())

    def forward(self, x):
        x = self.down(self.first(x))
        for block in self.blocks:
            x = x + block(x)
        return self.last(self.up(x))


def test_the_network_is_the_textbooks():
    torch.manual_seed(0)
    network, textbook = PlainTranslator(ONE, **SMALL), Textbook(**SMALL)
    kinds = (nn.Conv2d, nn.ConvTranspose2d)
    convs = [module for module in textbook.modules() if isinstance(module, kinds)]
    norms = [module for module in textbook.modules() if isinstance(module, nn.InstanceNorm2d)]
    with torch.no_grad():
        for conv, weight in zip(convs, network.weights, strict=True):
            conv.weight.copy_(weight if isinstance(conv, nn.Conv2d) else weight.transpose(0, 1))
        own = network.norms["1"]
        for kind in (own.scale, own.offset):
            kind.add_(0.3 * torch.randn_like(kind))
        pieces = zip(own.scale.split(network.normalised), own.offset.split(network.normalised), strict=True)
        for norm, (scale, offset) in zip(norms, pieces, strict=True):
            norm.weight.copy_(scale)
            norm.bias.copy_(offset)
    x = torch.rand(3, 3, 12, 12) * 2 - 1
    torch.testing.assert_close(network.formed("1", torch.zeros(1, 0))(x), textbook(x), rtol=1e-4, atol=1e-5)


def test_a_mirrored_border_from_parts_is_the_librarys():
    x = torch.randn(2, 3, 8, 5)
    for pad in (1, 3):

        class Elsewhere(torch.Tensor):
            is_cuda = True

        assert torch.equal(reflect(x.as_subclass(Elsewhere), pad), F.pad(x, (pad,) * 4, mode="reflect"))
        assert torch.equal(reflect(x, pad), F.pad(x, (pad,) * 4, mode="reflect"))


def test_slots_share_filters_and_have_norms_of_their_own():
    network = PlainTranslator(TWO, **SMALL)
    x, z = torch.rand(2, 3, 8, 8), torch.zeros(1, 0)
    assert torch.equal(network.formed("1", z)(x), network.formed("2", z)(x))
    with torch.no_grad():
        network.norms["2"].offset += 1
    assert not torch.allclose(network.formed("1", z)(x), network.formed("2", z)(x))


def test_sizes_that_cannot_be_halved_twice_are_refused():
    for size in (4, 10, 127):
        with pytest.raises(UserError, match=f"size {size}: this translator makes images of 8, 12, 16"):
            require_size(size)
    require_size(12)
    with pytest.raises(UserError, match="patch_depth 2: images of 8 pixels are too small for it, which needs 12"):
        PatchDiscriminator(size=8, channels=3, width=2, depth=2)


@pytest.mark.parametrize(("size", "depth", "patches"), [(128, 3, 14), (32, 3, 2), (12, 2, 1), (8, 1, 2)])
def test_the_discriminator_scores_patches_and_knows_no_batch(size, depth, patches):
    torch.manual_seed(0)
    discriminator = PatchDiscriminator(size=size, channels=6, width=4, depth=depth)
    a, b = torch.randn(2, 3, 3, size, size)
    scores = discriminator(a, b)
    assert scores.shape == (3, 1, patches, patches)
    torch.testing.assert_close(scores[1:2], discriminator(a[1:2], b[1:2]), rtol=1e-4, atol=1e-5)
    assert count(PatchDiscriminator(size=128, channels=3, width=64, depth=3)) == 2_764_737 - 128 - 256 - 512


# ---- factorised filters ----------------------------------------------------------------------------------------------


def disturbed(slots=ONE, **changes):
    torch.manual_seed(0)
    network = hyper(slots, **SMALL, **changes)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("coefficients", [False, True])
def test_filters_are_products_of_base_filters_coefficients_and_weights(bias, coefficients):
    """Equations 3 and 4, layer by layer; the axes of B C W are (k, k, in, out)."""
    network, z = disturbed(bias=bias, coefficients=coefficients), torch.randn(1, 64)
    own, places = network.generators["1"], {3: 0, 7: 0}
    for index, (layer, found) in enumerate(zip(network.layers, network.filters("1", z), strict=True)):
        place, k = places[layer.kernel], layer.kernel
        places[k] += 1
        hidden = own.hidden[index] @ z[0]
        hidden = torch.relu(hidden + own.hidden_bias[index] if bias else hidden)
        base = own.heads[str(k)][place] @ hidden
        base = (base + own.biases[str(k)][place] if bias else base).view(k, k, 7)
        c = own.coefficients[index] if coefficients else torch.eye(7)
        paper = torch.einsum("hwk,kl,oil->hwio", base, c, network.weights[index])
        torch.testing.assert_close(found, paper.permute(3, 2, 0, 1), rtol=1e-4, atol=1e-5)
        assert found.shape == layer.shape


def test_filters_of_a_layer_have_at_most_k_dimensions():
    """As a matrix [k * k, in * out]; a reshape with the axes in another order has the right shape and rank 9."""
    network = disturbed(k=5)
    for layer, found in zip(network.layers, network.filters("1", torch.randn(1, 64)), strict=True):
        rank = torch.linalg.matrix_rank(found.flatten(2).permute(2, 1, 0).flatten(1), rtol=1e-5)
        assert rank == 5
        wrong = found.permute(2, 3, 1, 0).reshape(layer.shape)
        if layer.fan_in > 3 and layer.fan_out > 3:
            assert torch.linalg.matrix_rank(wrong.flatten(2).permute(2, 1, 0).flatten(1), rtol=1e-5) > 5


@pytest.mark.parametrize("width", [8, 64])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("k", [3, 7])
def test_filters_have_the_usual_scale_at_the_start(width, bias, k):
    torch.manual_seed(0)
    network = HyperTranslator(ONE, channels=3, width=width, blocks=1, k=k, noise=64, hidden=64, bias=bias)
    draws = [network.filters("1", torch.randn(1, 64)) for _ in range(8)]
    for layer in zip(*draws, strict=True):
        stacked = torch.stack(layer)
        assert 0.015 < stacked.std() < 0.025
        assert 0.005 < stacked.var(0).mean() / stacked.var() < 0.2, "the share of z in a filter's variance"


def test_without_biases_a_z_of_zero_leaves_no_filter():
    assert all((found == 0).all() for found in disturbed().filters("1", torch.zeros(1, 64)))
    assert all((found != 0).any() for found in disturbed(bias=True).filters("1", torch.zeros(1, 64)))


def test_what_of_a_slot_is_its_own():
    network, z = disturbed(TWO), torch.randn(1, 64)
    assert not torch.allclose(network.filters("1", z)[3], network.filters("2", z)[3])
    shared = disturbed(TWO, specific=False)
    assert torch.equal(shared.filters("1", z)[3], shared.filters("2", z)[3])
    start = FilterGenerators([Layer(3, 3, 3)], k=2, noise=4, hidden=5, bias=False, coefficients=True)
    assert torch.equal(start.coefficients, torch.eye(2)[None])


def test_the_last_slot_alone_is_trained_when_asked():
    for network in (disturbed(THREE), PlainTranslator(THREE, **SMALL), PiggybackTranslator(THREE, **SMALL, share=0.5)):
        network.train_last()
        trained = {name for name, parameter in network.named_parameters() if parameter.requires_grad}
        assert trained and all(name.split(".")[1] == "3" and name.split(".")[0] != "weights" for name in trained)
    network = PlainTranslator(ONE, **SMALL)
    network.train_last()
    assert all(parameter.requires_grad for parameter in network.parameters())


# ---- Piggyback's bank ------------------------------------------------------------------------------------------------


def test_the_identity_gives_the_bank_and_any_matrix_sums_of_it():
    torch.manual_seed(0)
    bank = [torch.randn(4, 5, 3, 3), torch.randn(2, 5, 3, 3)]
    assert torch.equal(combined(torch.eye(6), bank), torch.cat(bank))
    matrix = torch.randn(3, 6)
    slow = torch.stack([sum(row[j] * torch.cat(bank)[j] for j in range(6)) for row in matrix])
    torch.testing.assert_close(combined(matrix, bank), slow, rtol=1e-4, atol=1e-5)


def test_half_of_a_later_slots_filters_are_free_and_the_last_layers_all():
    network = PiggybackTranslator(THREE, **SMALL, share=0.5)
    for number, found in enumerate(network.filters("3", torch.zeros(1, 0))):
        free, out = network.free["3"][number], network.layers[number].fan_out
        last = number == len(network.layers) - 1
        assert len(free) == (out if last else out // 2) and torch.equal(found[-len(free) :], free)
        if not last:
            assert network.matrices["3"][number].shape == (out // 2, out + out // 2)
            bank = torch.cat([network.weights[number], network.free["2"][number]])
            assert torch.equal(found[: out // 2], combined(network.matrices["3"][number], [bank]))
    assert network.filters("1", torch.zeros(1, 0))[3] is network.weights[3]


def test_combined_filters_have_the_scale_of_the_bank():
    torch.manual_seed(0)
    network = PiggybackTranslator(THREE, channels=3, width=16, blocks=1, share=0.5)
    for found in network.filters("3", torch.zeros(1, 0)):
        assert 0.015 < found.std() < 0.025
