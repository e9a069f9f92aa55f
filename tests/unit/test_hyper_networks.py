"""The networks of Hyper-LifelongGAN and its rivals: published counts, and filters against slow computations."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from mneme.errors import UserError
from mneme.networks.hyper_translator import HyperTranslator
from mneme.networks.patch_discriminator import PatchDiscriminator
from mneme.networks.piggyback_translator import PiggybackTranslator
from mneme.networks.resnet_translator import PlainTranslator, layers, reflect, require_size

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
