"""Noise over the 8-bit grid, so that the discriminator cannot recognise real images by it."""

import torch
from torch import Tensor

from mneme.data.pixels import to_unit


def dequantise(x: Tensor) -> Tensor:
    """uint8 [B, C, S, S] -> float in [-1, 1 + 1/128): scaled, plus uniform noise in [0, 1/128).

    One-sided, as in GP-GAN's data pipeline (its author calls the noise dequantisation, issue 15 of that repository).
    """
    x = to_unit(x)
    return x + torch.rand_like(x) / 128
