"""Networks against published counts, initialisations and the papers' equations written naively."""

import pytest
import torch
from torch.func import functional_call

from mneme.errors import UserError
from mneme.networks import residual_acgan
from mneme.networks.gp_gan import Discriminator, Generator, ResidualBlock, multipliers
from mneme.networks.styles import StyledNetwork, modulated_layers


def count(parameters):
    return sum(p.numel() for p in parameters)


@pytest.fixture(scope="module")
def published():
    with torch.device("meta"):
        return Generator(size=256, channels=3, width=64, noise=256), Discriminator(size=256, channels=3, width=64)


def test_channels_of_the_published_network():
    assert [64 * m for m in multipliers(256)] == [1024, 1024, 1024, 512, 256, 128, 64, 64]


def test_style_counts_of_the_published_generator():
    """Table 1 of GAN Memory counts these 10.5 M."""
    with torch.device("meta"):
        network = styled(Generator(size=256, channels=3, width=64, noise=256))
    per_stage = {}
    for name, parameter in network.style().items():
        stage = "FC" if name.startswith("fc.") else f"B{name.split('.')[1]}"
        per_stage[stage] = per_stage.get(stage, 0) + parameter.numel()
    assert per_stage == {
        "FC": 49_152, "B0": 4_196_352, "B1": 4_196_352, "B2": 1_573_888, "B3": 393_728, "B4": 98_560, "B5": 24_704,
        "B6": 16_512,
    }  # fmt: skip
    assert sum(per_stage.values()) == 10_549_248


def test_generator_and_discriminator_counts(published):
    """Every layer of the released network, spelled out; the generator has 52.16 M parameters."""

    def block(fin, fout):
        hidden = min(fin, fout)
        shortcut = fin * fout if fin != fout else 0
        return 9 * fin * hidden + hidden + 9 * hidden * fout + fout + shortcut

    up = [(1024, 1024), (1024, 1024), (1024, 512), (512, 256), (256, 128), (128, 64), (64, 64)]
    generator, discriminator = published
    expected = 1 + 257 * 16384 + 16384 + sum(block(*pair) for pair in up) + 64 * 3 * 49 + 3
    assert count(generator.parameters()) == expected
    assert round(expected / 1e6, 2) == 52.16
    expected = 3 * 64 * 49 + 64 + sum(block(fout, fin) for fin, fout in up) + 16384 + 1
    assert count(discriminator.parameters()) == expected


def test_style_share_is_about_a_fifth(published):
    assert 10_549_248 / count(published[0].parameters()) == pytest.approx(0.20, abs=0.005)


@pytest.mark.parametrize("size", [8, 16, 32, 64])
@pytest.mark.parametrize("labels", [None, 3])
def test_shapes_at_every_size(size, labels):
    generator = Generator(size=size, channels=3, width=2, noise=5, labels=labels)
    discriminator = Discriminator(size=size, channels=3, width=2, labels=labels)
    y = torch.tensor([0, 2 if labels else 0])
    images = generator(torch.randn(2, 5), y)
    assert images.shape == (2, 3, size, size)
    assert images.abs().max() <= 1
    assert discriminator(images, y).shape == (2,)


def test_a_size_that_is_no_power_of_two_is_refused():
    with pytest.raises(UserError, match="size 24"):
        Generator(size=24, channels=1, width=2, noise=4)


def test_residual_block_is_the_shortcut_plus_a_tenth():
    block, x = ResidualBlock(4, 6), torch.randn(2, 4, 5, 5)
    lrelu = torch.nn.LeakyReLU(0.2)
    expected = block.shortcut(x) + 0.1 * block.conv_1(lrelu(block.conv_0(lrelu(x))))
    torch.testing.assert_close(block(x), expected)
    assert block.shortcut.bias is None


def test_the_discriminator_returns_the_logit_of_the_asked_class():
    discriminator, x = Discriminator(size=8, channels=1, width=2, labels=3), torch.randn(3, 1, 8, 8)
    logits = torch.stack([discriminator(x, torch.full((3,), k)) for k in range(3)], dim=1)
    y = torch.tensor([2, 0, 1])
    torch.testing.assert_close(discriminator(x, y), logits[torch.arange(3), y])


@pytest.mark.parametrize("size, labels", [(8, None), (16, 3), (32, None)])
def test_the_gradient_of_the_logits_and_its_own_gradients(size, labels):
    """The chain rule written out, against autograd."""
    torch.manual_seed(0)
    D = Discriminator(size=size, channels=3, width=2, labels=labels).double()
    x, y = torch.randn(4, 3, size, size, dtype=torch.double), torch.randint(labels or 1, (4,))
    logits, gradient = D(x, y, gradient=True)
    torch.testing.assert_close(logits, D(x, y))
    (expected,) = torch.autograd.grad(D(x.requires_grad_(), y).sum(), x, create_graph=True)
    torch.testing.assert_close(gradient, expected)
    mine, theirs = (
        torch.autograd.grad(one.square().sum(), [*D.parameters()], materialize_grads=True)
        for one in (gradient, expected)
    )
    torch.testing.assert_close(mine, theirs)
    assert sum(part.abs().sum() for part in theirs) > 0


@pytest.fixture
def source():
    torch.manual_seed(0)
    return Generator(size=16, channels=1, width=3, noise=7)


def styled(network, normalise=True, bias=True):
    layers = modulated_layers(network)
    return StyledNetwork(network, layers, normalise=normalise, bias=layers if bias else ())


@pytest.mark.parametrize("normalise", [True, False])
def test_the_source_style_is_the_source_network_to_the_bit(source, normalise):
    z, y = torch.randn(4, 7), torch.zeros(4, dtype=torch.long)
    before = source(z, y)
    assert torch.equal(styled(source, normalise).formed()(z, y), before)


@pytest.mark.parametrize("normalise", [True, False])
def test_weights_are_those_of_equations_4_and_5(source, normalise):
    """Kernel by kernel and row by row, with Gamma = S + scale and B = M + shift."""
    network = styled(source, normalise)
    for parameter in network.styles.values():
        torch.nn.init.normal_(parameter, std=0.3)
    weights, style = network.weights(), network.style()
    for name in network.layers:
        layer = source.get_submodule(name)
        W, formed = layer.weight, weights[f"{name}.weight"]
        scale, shift = style[f"{name}.scale"], style[f"{name}.shift"]
        if W.dim() == 2:
            W, formed, scale, shift = W[:, None], formed[:, None], scale[:, None], shift[:, None]
        for o in range(0, W.shape[0], 7):
            for i in range(W.shape[1]):
                kernel = W[o, i]
                if normalise:
                    mean = kernel.mean()
                    std = ((kernel - mean) ** 2).sum().div(kernel.numel() - 1).sqrt()
                    expected = (std + scale[o, i]) * (kernel - mean) / std + (mean + shift[o, i])
                else:
                    expected = (1 + scale[o, i]) * kernel + shift[o, i]
                torch.testing.assert_close(formed[o, i], expected, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(weights[f"{name}.bias"], layer.bias + style[f"{name}.bias"])


def test_shortcuts_and_image_convolutions_are_not_modulated(source):
    names = modulated_layers(source)
    assert names == ["fc"] + [f"blocks.{m}.conv_{k}" for m in range(3) for k in range(2)]


def test_a_view_of_one_group_is_the_network_with_that_group_edited_by_hand(source):
    """Figure 2(a): scales alone."""
    network = styled(source)
    for parameter in network.styles.values():
        torch.nn.init.normal_(parameter, std=0.3)
    view = {
        name: value if name.endswith(".scale") else torch.zeros_like(value) for name, value in network.style().items()
    }
    z, y = torch.randn(2, 7), torch.zeros(2, dtype=torch.long)
    by_hand = dict(source.named_parameters())
    for name in network.layers:
        weight = source.get_submodule(name).weight
        dims = (2, 3) if weight.dim() == 4 else (1,)
        std, mean = torch.std_mean(weight, dims, correction=1, keepdim=True)
        by_hand[f"{name}.weight"] = (std + network.style()[f"{name}.scale"].view(std.shape)) * (
            weight - mean
        ) / std + mean
    expected = functional_call(source, by_hand, (z, y))
    got = functional_call(source, network.weights(view), (z, y))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)


def test_only_styles_get_gradients(source):
    network = styled(source)
    z, y = torch.randn(2, 7), torch.zeros(2, dtype=torch.long)
    network.formed()(z, y).sum().backward()
    assert all(parameter.grad is not None for parameter in network.styles.values())
    assert all(parameter.grad is None for parameter in source.parameters())


def test_a_constant_kernel_cannot_be_standardised(source):
    torch.nn.init.ones_(source.blocks[0].conv_0.weight)
    with pytest.raises(UserError, match=r"blocks\.0\.conv_0"):
        styled(source)


def test_weights_of_the_residual_pair_start_with_the_released_deviations():
    """The released code asks for He's initialisation, but not in 1x1 shortcuts nor in the critic's first convolution.

    The deviations are square roots of 4 or 2 over the fans, written out for width 8; the bound is sqrt(3) of them.
    """
    torch.manual_seed(0)
    shape = {"size": 64, "channels": 3, "width": 8, "labels": 10}
    generator, critic = residual_acgan.Generator(noise=128, **shape), residual_acgan.Critic(**shape)
    expected = [
        (generator.blocks[1].conv_0, 4 / (9 * (64 + 32))),
        (generator.blocks[1].conv_1, 4 / (9 * (32 + 32))),
        (generator.blocks[1].shortcut, 2 / (64 + 32)),
        (generator.blocks[0].shortcut, 2 / (64 + 64)),
        (generator.image, 4 / (9 * (8 + 3))),
        (generator.fc, 2 / (138 + 1024)),
        (critic.image, 2 / (9 * (3 + 8))),
        (critic.blocks[1].conv_0, 4 / (9 * (16 + 16))),
        (critic.blocks[1].conv_1, 4 / (9 * (16 + 32))),
        (critic.blocks[1].shortcut, 2 / (16 + 32)),
        (critic.score, 2 / (1024 + 1)),
        (critic.classes, 2 / (1024 + 10)),
    ]
    for layer, variance in expected:
        assert layer.weight.std(correction=0).item() == pytest.approx(variance**0.5, rel=0.15)
        assert 0.97 < layer.weight.abs().max().item() / (3 * variance) ** 0.5 <= 1
        assert layer.bias is None or not layer.bias.any()
