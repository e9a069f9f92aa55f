"""The optimiser of DGM's networks (Ostapenko et al., CVPR 2019; its released code)."""

from collections.abc import Iterable

import torch
from torch import nn


def adam(parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Adam:
    """Adam with betas 0.5 and 0.999, created anew for every task."""
    return torch.optim.Adam(parameters, lr=lr, betas=(0.5, 0.999), fused=True)
