"""Squares cut out of images at random."""

from collections.abc import Sequence

import torch
from torch import Tensor


def random_crop(images: Sequence[Tensor], side: int) -> list[Tensor]:
    """Cut a square out of each image at random, row by row the same in every tensor.

    Random numbers come from torch's global generator.

    Args:
        images: [B, C, L, L] each, of equal B and L >= side, on one device.
        side: of the squares.

    Returns:
        [B, C, side, side] each, in channels-last layout.
    """
    n, device = len(images[0]), images[0].device
    top, left = torch.randint(images[0].shape[-1] - side + 1, (2, n, 1), device=device)
    rows, columns = (first + torch.arange(side, device=device) for first in (top, left))
    places = torch.arange(n, device=device)[:, None, None], rows[:, :, None], columns[:, None, :]
    return [x.movedim(1, 3)[places].movedim(3, 1) for x in images]
