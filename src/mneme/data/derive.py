"""Image sets made of others: perceptually distant tasks that need no download."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme.errors import UserError, near_miss

CHUNK = 1024  # images at a time: edges need floats


def inverted(x: Tensor) -> Tensor:
    """The negative: 255 minus every value."""
    return 255 - x


def rotated(x: Tensor) -> Tensor:
    """A quarter turn, counter-clockwise."""
    return x.rot90(1, (2, 3)).contiguous()


def edges(x: Tensor) -> Tensor:
    """The magnitude of Sobel's gradient, channel by channel, border pixels repeated.

    Divided by four, so that a vertical or horizontal step from 0 to 255 has the value 255; rounded, and cut off there.
    """
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    kernels = torch.stack([across, across.T])[:, None]
    flat = x.flatten(0, 1)[:, None]
    made = torch.empty_like(flat)
    for start in range(0, len(flat), CHUNK):
        padded = F.pad(flat[start : start + CHUNK].float(), (1, 1, 1, 1), mode="replicate")
        magnitude = F.conv2d(padded, kernels).square().sum(1, keepdim=True).sqrt() / 4
        made[start : start + CHUNK] = magnitude.round().clamp(max=255)
    return made.view_as(x)


WAYS = {"inverted": inverted, "rotated": rotated, "edges": edges}


def derive(x: Tensor, ways: list[str]) -> Tensor:
    """Images uint8 [N, C, S, S] changed in each of the ways, one after another.

    Raises:
        UserError: an unknown way.
    """
    for way in ways:
        if way not in WAYS:
            raise UserError(f"derive: unknown way '{way}'{near_miss(way, WAYS)}; the ways are {', '.join(WAYS)}")
        x = WAYS[way](x)
    return x
