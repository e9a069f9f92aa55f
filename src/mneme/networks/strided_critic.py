"""The critic of DGM for digits: three convolutions with batch norm (Ostapenko et al., CVPR 2019; released code).

On a CPU most of DGM's time is spent here, so that its first convolution and its gradient penalty are written for speed;
the numbers are those of the plain layers, up to rounding.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.leaky import slope

KERNEL, STRIDE, PADDING = 5, 2, 2
SLOPE = 0.2


class Critic(nn.Module):
    """Maps images to a score and class logits: the paper's D, critic and solver in one.

    Args:
        size: 8, 16 or 32 pixels.
        channels: of images.
        width: of the first convolution (32 in the paper).
        labels: number of classes so far.
    """

    def __init__(self, *, size: int, channels: int, width: int, labels: int) -> None:
        super().__init__()
        wide = [channels, width, 2 * width, 4 * width]
        self.convs = nn.ModuleList(nn.Conv2d(*ends, KERNEL, STRIDE, PADDING, bias=False) for ends in pairwise(wide))
        self.norms = nn.ModuleList(nn.BatchNorm2d(count) for count in (2 * width, 4 * width))
        self.score = nn.Linear(4 * width * (size // 8) ** 2, 1)
        self.classes = nn.Linear(4 * width * (size // 8) ** 2, labels)
        for conv in self.convs:
            nn.init.normal_(conv.weight, 0.0, 0.02)
        for norm in self.norms:
            nn.init.normal_(norm.weight, 1.0, 0.02)

    def features(self, x: Tensor) -> Tensor:
        """Images [B, C, S, S] in [-1, 1] -> what both heads see, [B, D]."""
        first = self.convs[0]
        h = F.leaky_relu(by_columns(x, first.weight) if x.requires_grad and x.device.type == "cpu" else first(x), SLOPE)
        for conv, norm in zip(self.convs[1:], self.norms, strict=True):
            h = F.leaky_relu(norm(conv(h)), SLOPE)
        return h.flatten(1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, C, S, S] in [-1, 1] -> scores [B], higher for "real", and class logits [B, labels]."""
        h = self.features(x)
        return self.score(h).squeeze(1), self.classes(h)

    def gradient(self, x: Tensor) -> Tensor:
        """Gradient of the scores' sum with respect to the images: [B, C, S, S], differentiable in the weights.

        Batch norm, by the statistics of the batch, ties the scores of a batch together, so this is not quite the
        gradient of each score at its own image, which the penalty means; as released.

        The chain rule is written out: autograd by itself (``create_graph``) differentiates batch norm and convolutions
        twice, which takes longer on a CPU (torch 2.15).
        """
        h = self.convs[0](x.detach())
        slopes, scaled = [slope(h, SLOPE)], []
        for conv, norm in zip(self.convs[1:], self.norms, strict=True):
            h, *parts = standardised(conv(h * slopes[-1]), norm)
            scaled.append(parts)
            slopes.append(slope(h, SLOPE))
        g = self.score.weight.view(1, *h.shape[1:]) * slopes.pop()
        for conv, norm, (unit, inverse) in reversed([*zip(self.convs[1:], self.norms, scaled, strict=True)]):
            g = g * norm.weight.view(1, -1, 1, 1)
            along = (g * unit).mean((0, 2, 3), keepdim=True)
            g = (g - g.mean((0, 2, 3), keepdim=True) - unit * along) * inverse
            g = F.conv_transpose2d(g, conv.weight, None, STRIDE, PADDING, 1) * slopes.pop()
        return from_columns(g, self.convs[0].weight)


def standardised(h: Tensor, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor, Tensor]:
    """Batch norm by the statistics of the batch, whose running ones go along: its output, h with mean 0 and variance 1
    in each channel, and one over the deviation of each, [1, channels, 1, 1]."""
    variance, mean = torch.var_mean(h, (0, 2, 3), correction=0, keepdim=True)
    count = h.numel() // h.shape[1]
    with torch.no_grad():  # by .data: other graphs hold the statistics too, but do not read them
        norm.running_mean.data.lerp_(mean.flatten(), norm.momentum)
        norm.running_var.data.lerp_(variance.flatten() * (count / max(1, count - 1)), norm.momentum)
        norm.num_batches_tracked.add_(1)
    inverse = torch.rsqrt(variance + norm.eps)
    unit = (h - mean) * inverse
    return unit * norm.weight.view(1, -1, 1, 1) + norm.bias.view(1, -1, 1, 1), unit, inverse


def by_columns(x: Tensor, weight: Tensor) -> Tensor:
    """The first convolution as a product of matrices, in channels-last layout. On a CPU its gradient of the images is
    several times as fast as the convolution's towards one or three channels (torch 2.15)."""
    side = x.shape[-1] // STRIDE
    columns = F.unfold(x, KERNEL, padding=PADDING, stride=STRIDE).transpose(1, 2)
    return (columns @ weight.flatten(1).T).unflatten(1, (side, side)).permute(0, 3, 1, 2)


def from_columns(g: Tensor, weight: Tensor) -> Tensor:
    """Gradient of the images from that of what the first convolution makes, in the same way."""
    columns = g.permute(0, 2, 3, 1).flatten(1, 2) @ weight.flatten(1)
    side = STRIDE * g.shape[-1]
    return F.fold(columns.transpose(1, 2), (side, side), KERNEL, padding=PADDING, stride=STRIDE)
