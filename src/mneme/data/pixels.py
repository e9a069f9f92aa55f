"""Conversion between stored pixels, 0 to 255, and the networks' range, -1 to 1."""

import torch
from torch import Tensor


def to_unit(x: Tensor) -> Tensor:
    """uint8 of any shape to float32 in [-1, 1]; 0 becomes -1 and 255 becomes 1, exactly."""
    return (x / 127.5).sub_(1.0)


def to_uint8(x: Tensor) -> Tensor:
    """float of any shape to uint8: the inverse of :func:`to_unit`, rounded to nearest; outside [-1, 1] is clamped.

    NaN becomes 0 on every device (the bare cast is undefined), so that a diverged sample has the same bytes everywhere.
    """
    return (x.float() + 1.0).mul_(127.5).round_().nan_to_num_(nan=0.0).clamp_(0, 255).to(torch.uint8)
