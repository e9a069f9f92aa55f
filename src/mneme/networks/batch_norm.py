"""Batch norm statistics for predictions, apart from those that training left."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def recalibrate_batch_norm(network: nn.Module, batches: Sequence[Tensor]) -> nn.Module:
    """Estimate batch norm statistics anew, as the mean over ``batches`` of images [B, C, S, S]; in place."""
    norms = [module for module in network.modules() if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d))]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    network.train()
    with torch.no_grad():
        for images in batches:
            network(images)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return network
