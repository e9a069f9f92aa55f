"""The 3-layer DCGAN of DGM (Ostapenko et al., CVPR 2019, section 4; layers as in its released code).

Every convolution of the generator but the last is masked, by weight or by output channel. All tasks share its weights;
a task has a batch norm a layer of its own (:class:`Own`), and each class a last convolution, which is not masked. The
class is a one-hot vector in the first entries of z. There are no biases.

At 32 px, 1 channel and width 6 the masked layers have 54,912 weights, a class 96 more; at width 20 it is 227,840.
[GAP] Smaller images: one layer fewer for each halving, next to the image.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.masked import chosen

KERNEL = 4
SIZES = (8, 16, 32)
SWAPS = True  # weights that expansion adds are drawn by the rule of the other form's first task, as released


def widths(size: int, width: int) -> list[int]:
    """Output channels of the masked layers at 4 px, 8 px, ...: ``widths(32, 6) == [24, 12, 6]``."""
    return [4 * width, 2 * width, width][: SIZES.index(size) + 1]


def shapes(noise: int, wide: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """Shapes of the masked layers' weights, input channels first."""
    return [(fin, fout, KERNEL, KERNEL) for fin, fout in pairwise([noise, *wide])]


def units(count: int) -> list[tuple[int | None, int]]:
    """Indices of each masked layer's input and output in the list of ``count`` widths; the input None is z."""
    return [(layer - 1 if layer else None, layer) for layer in range(count)]


class Own(nn.Module):
    """Layers that belong to one task: a batch norm a masked layer, and the last convolution of each of its classes.

    Args:
        wide: output channels of the masked layers while this task is trained.
        channels: of images.
        labels: of the task's classes.
        first: whether this is the first task, whose scales start at N(1, 0.02); later ones start at 1.
    """

    def __init__(self, wide: Sequence[int], channels: int, labels: Sequence[int], first: bool) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.norms = nn.ModuleList(nn.BatchNorm2d(count) for count in wide)
        self.heads = nn.ModuleDict(
            {str(label): nn.ConvTranspose2d(wide[-1], channels, KERNEL, 2, 1, bias=False) for label in labels}
        )
        if first:
            for norm in self.norms:
                nn.init.normal_(norm.weight, 1.0, 0.02)

    def image(self, h: Tensor, y: Tensor) -> Tensor:
        """Images [B, C, S, S] in [-1, 1] of classes ``y`` int64 [B] from features [B, width, S / 2, S / 2]."""
        weights = torch.cat([head.weight for head in self.heads.values()], dim=1)
        return chosen(torch.tanh(F.conv_transpose2d(h, weights, stride=2, padding=1)), y, self.labels)


def generate(
    weights: Sequence[Tensor], masks: Sequence[Tensor], own: Own, z: Tensor, y: Tensor, after: bool = False
) -> Tensor:
    """Images [B, C, S, S] in [-1, 1] from ``z`` [B, noise], whose first entries hold the class.

    Args:
        weights: of the masked layers, [in, out, 4, 4]; a task that was trained when they were narrower takes their
            first channels.
        masks: of the layers, in [0, 1]: of the shape of the task's weights (DGMw), or [out] (DGMa).
        own: norms and last convolutions of the task, whose mode decides on batch statistics.
        y: labels int64 [B], of the task's.
        after: masks [out] act behind batch norm and ReLU; otherwise on what the convolution makes, as released.
    """
    h = z[:, :, None, None]
    for layer, (weight, mask, norm) in enumerate(zip(weights, masks, own.norms, strict=True)):
        weight = weight[: h.shape[1], : norm.num_features]
        by_unit = mask.view(1, -1, 1, 1) if mask.ndim == 1 else None
        weight = weight.contiguous() if mask.ndim == 1 else weight * mask
        if layer:
            h = F.conv_transpose2d(h, weight, stride=2, padding=1)
        else:  # of one pixel: a product of matrices
            h = (h.flatten(1) @ weight.flatten(1)).view(-1, *weight.shape[1:])
        h = F.relu(norm(h if by_unit is None or after else h * by_unit))
        h = h * by_unit if by_unit is not None and after else h
    return own.image(h, y)
