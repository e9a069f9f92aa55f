"""The residual generator of DGM for ImageNet-50 (Ostapenko et al., CVPR 2019; layers as in its released code).

A projection to 4 px, then one residual block for each doubling, with as many channels everywhere: batch norm, ReLU,
nearest-neighbour upsampling, 3 x 3 convolution, batch norm, ReLU, 3 x 3 convolution, beside a shortcut. All of these
are masked, by weight or by output channel, and shared by the tasks. The shortcut is the identity while a block has as
many channels behind it as in front of it; once expansion has changed that, a 1 x 1 convolution whose weights are there
from the start, as released. What a task has of its own (:class:`Own`) are its batch norms, one more behind the last
block, and a 3 x 3 convolution a class.

At 32 px, width 64 and z of 128 the masked layers have 364,544 weights: 131,072 of the projection, 221,184 in the blocks
and 12,288 in shortcuts.

[GAP] No code was released for CIFAR-10, whose "ResNet architecture" the paper attributes to the DCGAN paper, which has
none. The generator for CIFAR-10 of Gulrajani et al. (2017) has these layers at width 128, and so it serves there too.
[GAP] DGMa has no released code with this generator. Here the output channels of the projection, of each first
convolution and of each block have a mask: what a block gives is masked after its shortcut is added, so that an unused
channel is 0 for the shortcut of the next block.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.masked import chosen

SIZES = (8, 16, 32, 64)
SWAPS = False  # weights that expansion adds are drawn as those of the first task


def widths(size: int, width: int) -> list[int]:
    """Output channels of the projection, and of the first convolution and the whole of each block:
    ``widths(16, 4) == [4, 4, 4, 4, 4]``."""
    return [width] * (1 + 2 * (SIZES.index(size) + 1))


def units(count: int) -> list[tuple[int | None, int]]:
    """Of each masked layer its inputs and outputs, as places in ``count`` widths; None for z. In the order of the
    layers: the projection; of every block its first and second convolution and its shortcut."""
    blocks = [((b, b + 1), (b + 1, b + 2), (b, b + 2)) for b in range(0, count - 1, 2)]
    return [(None, 0), *(ends for block in blocks for ends in block)]


def shapes(noise: int, wide: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Shapes of the masked layers' weights, input channels first."""
    sides = [4, *[3, 3, 1] * (len(wide) // 2)]
    return [
        (noise if given is None else wide[given], wide[made], side, side)
        for (given, made), side in zip(units(len(wide)), sides, strict=True)
    ]


class Own(nn.Module):
    """What a task has of its own: a batch norm for each of ``wide``, and the last convolution of each of its classes.

    Args:
        wide, channels, labels, first: as of :class:`mneme.networks.masked_dcgan.Own`; all scales start at 1.
    """

    def __init__(self, wide: Sequence[int], channels: int, labels: Sequence[int], first: bool) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count) for count in wide)
        self.heads = nn.ModuleDict({str(label): nn.Conv2d(wide[-1], channels, 3, padding=1) for label in labels})

    def image(self, h: Tensor, y: Tensor) -> Tensor:
        """Images [B, C, S, S] in [-1, 1] of classes ``y`` int64 [B] from features [B, width, S, S]."""
        weight, bias = (torch.cat([getattr(head, part) for head in self.heads.values()]) for part in ("weight", "bias"))
        return chosen(torch.tanh(F.conv2d(h, weight, bias, padding=1)), y, self.labels)


def generate(
    weights: Sequence[Tensor], masks: Sequence[Tensor], own: Own, z: Tensor, y: Tensor, after: bool = False
) -> Tensor:
    """Images [B, C, S, S] in [-1, 1] from ``z`` [B, noise], whose first entries hold the class.

    Args:
        weights, own, y: as of :func:`mneme.networks.masked_dcgan.generate`.
        masks: one a layer, of the shape of the task's weights (DGMw), or one for each of its widths, [out] (DGMa).
        after: masks [out] act behind batch norm and ReLU too; otherwise in front of them alone.
    """
    wide = [norm.num_features for norm in own.norms]
    weights = [w[:shape[0], :shape[1]] for w, shape in zip(weights, shapes(z.shape[1], wide), strict=True)]  # fmt: skip
    gates = [mask.view(1, -1, 1, 1) for mask in masks] if masks[0].ndim == 1 else None
    if gates is None:
        weights = [weight * mask for weight, mask in zip(weights, masks, strict=True)]

    def gated(h: Tensor, place: int) -> Tensor:
        return h if gates is None else h * gates[place]

    def heard(h: Tensor, place: int) -> Tensor:
        """What the next convolution is given."""
        if after:
            return gated(F.relu(own.norms[place](h)), place)
        return F.relu(own.norms[place](gated(h, place)))

    h = F.conv_transpose2d(z[:, :, None, None], weights[0].contiguous())
    for block in range(len(wide) // 2):
        first, second, shortcut = weights[1 + 3 * block : 4 + 3 * block]
        start, inside, end = range(2 * block, 2 * block + 3)
        residual = convolved(up(heard(h, start)), first)
        residual = convolved(heard(residual, inside), second)
        h = gated(h, start)
        h = residual + up(h if wide[start] == wide[end] else convolved(h, shortcut))
    return own.image(heard(h, len(wide) - 1), y)


def convolved(h: Tensor, weight: Tensor) -> Tensor:
    """``h`` [B, in, S, S] convolved with ``weight`` [in, out, side, side], at the same size."""
    return F.conv2d(h, weight.transpose(0, 1), padding=weight.shape[-1] // 2)


def up(h: Tensor) -> Tensor:
    return F.interpolate(h, scale_factor=2.0, mode="nearest")
