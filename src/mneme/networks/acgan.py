"""The 32 px AC-GAN of MeRGAN (Wu et al., 2018, section 3.1; layers as in its released code).

The class enters the generator only through conditional batch norm, and batch norm always uses the statistics of the
current batch, when sampling too. The critic has no normalisation and two heads: a score and the class logits.

At 32 px, 1 channel and width 32 the generator has 518,944 convolution and linear weights. [GAP] Other sizes: blocks
are left out from the coarse end, which starts at 4 px.
"""

import math
from collections.abc import Collection
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.errors import UserError
from mneme.networks.leaky import slope

SLOPE = 0.2


def widths(size: int, width: int) -> list[int]:
    """Channels at 4 px, 8 px, ..., ``size / 2`` px: ``widths(32, 32) == [128, 64, 32]``.

    Raises:
        UserError: the size is no power of two from 8 to 64.
    """
    if size not in (8, 16, 32, 64):
        raise UserError(f"size {size}: this AC-GAN makes images of 8, 16, 32 or 64 pixels; change the stream's size")
    doublings = (size // 4).bit_length() - 1
    return [width * 2**m for m in reversed(range(doublings))]


def normalise(x: Tensor, groups: int) -> Tensor:
    """Batch norm of [B, C, H, W] by current statistics, separately for ``groups`` equal, contiguous parts."""
    if groups == 1:
        return F.batch_norm(x, None, None, training=True, eps=1e-5)
    batch, channels, height, width = x.shape
    apart = x.view(groups, batch // groups, channels, height, width).transpose(0, 1)
    apart = apart.reshape(batch // groups, groups * channels, height, width)
    apart = F.batch_norm(apart, None, None, training=True, eps=1e-5)
    return apart.view(batch // groups, groups, channels, height, width).transpose(0, 1).reshape(x.shape)


class ConditionalBatchNorm(nn.Module):
    """Batch norm with a scale and an offset per class, always by the statistics of the current batch."""

    def __init__(self, channels: int, labels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(labels, channels))
        self.offset = nn.Parameter(torch.zeros(labels, channels))

    def forward(self, x: Tensor, y: Tensor, groups: int) -> Tensor:
        return normalise(x, groups) * self.scale[y][:, :, None, None] + self.offset[y][:, :, None, None]


def initialise(network: nn.Module, plain: Collection[nn.Module] = ()) -> None:
    """Uniform weights of the released code's library: variance 4 / (fan in + fan out) in convolutions, the fan on the
    strided side divided by the stride squared, 2 / (in + out) in linear layers; biases zero.

    Args:
        plain: convolutions of half that variance (``he_init=False`` there).
    """
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            fans = [layer.in_channels * layer.kernel_size[0] ** 2, layer.out_channels * layer.kernel_size[0] ** 2]
            fans[isinstance(layer, nn.Conv2d)] /= layer.stride[0] ** 2
            deviation = math.sqrt((2 if layer in plain else 4) / sum(fans))
        elif isinstance(layer, nn.Linear):
            deviation = math.sqrt(2 / (layer.in_features + layer.out_features))
        else:
            continue
        nn.init.uniform_(layer.weight, -deviation * math.sqrt(3), deviation * math.sqrt(3))
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class Generator(nn.Module):
    """Maps noise and class to images.

    Args:
        size: 8, 16, 32 or 64 pixels (32 in the paper).
        channels: 1 or 3.
        width: channels before the image (32 in the paper).
        noise: length of z (128 in the paper).
        labels: rows of the class tables (10 in the paper).
    """

    def __init__(self, *, size: int, channels: int, width: int, noise: int, labels: int) -> None:
        super().__init__()
        wide = widths(size, width)
        self.fc = nn.Linear(noise, wide[0] * 4 * 4)
        self.norms = nn.ModuleList(ConditionalBatchNorm(count, labels) for count in wide)
        self.convs = nn.ModuleList(
            nn.ConvTranspose2d(fin, fout, 5, stride=2, padding=2, output_padding=1)
            for fin, fout in pairwise([*wide, channels])
        )
        initialise(self)

    def forward(self, z: Tensor, y: Tensor, groups: int = 1) -> Tensor:
        """Images [B, C, S, S] in [-1, 1] from ``z`` [B, noise] ~ N(0, 1) and ``y`` int64 [B].

        Args:
            groups: number of equal, contiguous parts of the batch that are normalised separately, as in separate calls.
        """
        h = self.fc(z).view(len(z), -1, 4, 4)
        for norm, conv in zip(self.norms, self.convs, strict=True):
            h = conv(F.relu(norm(h, y, groups)))
        return torch.tanh(h)


class Critic(nn.Module):
    """Maps images to a score and class logits. Mirrors the generator, without normalisation."""

    def __init__(self, *, size: int, channels: int, width: int, labels: int) -> None:
        super().__init__()
        wide = widths(size, width)
        self.convs = nn.ModuleList(
            nn.Conv2d(fin, fout, 5, stride=2, padding=2) for fin, fout in pairwise([channels, *reversed(wide)])
        )
        self.score = nn.Linear(wide[0] * 4 * 4, 1)
        self.classes = nn.Linear(wide[0] * 4 * 4, labels)
        initialise(self)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, C, S, S] in [-1, 1] -> scores [B], higher for "real", and class logits [B, labels]."""
        for conv in self.convs:
            x = F.leaky_relu(conv(x), SLOPE)
        x = x.flatten(1)
        return self.score(x).squeeze(1), self.classes(x)

    def gradient(self, x: Tensor) -> Tensor:
        """Gradient of each score with respect to its image x: [B, C, S, S], differentiable in the weights.

        The critic is piecewise linear, so this is its last layer propagated back through the convolutions, with the
        slopes at x as constants. Autograd gives the same result, but its second pass costs more.
        """
        inputs = []
        with torch.no_grad():
            for conv in self.convs:
                inputs.append(conv(x))
                x = F.leaky_relu(inputs[-1], SLOPE)
        back = self.score.weight.view(1, *x.shape[1:])
        for conv, h in zip(reversed(self.convs), reversed(inputs), strict=True):
            back = back * slope(h, SLOPE)
            back = F.conv_transpose2d(back, conv.weight, stride=2, padding=2, output_padding=1)
        return back
