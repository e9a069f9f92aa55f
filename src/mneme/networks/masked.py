"""What DGM's masked generators have in common: how their weights start and grow, how a class is asked for and shown."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.data.labels import place

Initialiser = Callable[[Tensor], Tensor]
"""Draws a weight, in place."""


def normal(weight: Tensor) -> Tensor:
    """N(0, 0.02), in place, as DCGAN."""
    return nn.init.normal_(weight, 0.0, 0.02)


def xavier(weight: Tensor) -> Tensor:
    """Xavier's uniform distribution with the gain of ReLU, in place."""
    return nn.init.xavier_uniform_(weight, nn.init.calculate_gain("relu"))


def grown(weight: Tensor, shape: Sequence[int], initialise: Initialiser) -> Tensor:
    """A weight of ``shape``, drawn anew as a whole, with the old ``weight`` in its first channels."""
    new = initialise(torch.empty(*shape, device=weight.device))
    new[: weight.shape[0], : weight.shape[1]] = weight
    return new


def one_hot_first(z: Tensor, y: Tensor, classes: int) -> Tensor:
    """``z`` [B, noise] with its first ``classes`` entries overwritten by the one-hot class ``y`` int64 [B]."""
    return torch.cat([F.one_hot(y, classes).to(z.dtype), z[:, classes:]], dim=1)


def chosen(images: Tensor, y: Tensor, labels: Sequence[int]) -> Tensor:
    """Images [B, C, S, S] of the classes ``y`` int64 [B], out of those of all ``labels``, [B, labels x C, S, S]."""
    if len(labels) == 1:
        return images
    return images.unflatten(1, (len(labels), -1))[torch.arange(len(y), device=y.device), place(y, labels)]


def constants(own: nn.Module) -> list[Tensor]:
    """Output, by layer, of each unit whose mask before the batch norm is 0, with running statistics: float [out].

    Args:
        own: a task's own layers, with their ``norms``.
    """
    return [
        F.relu(F.batch_norm(torch.zeros(1, n.num_features, 1, 1).to(n.weight), n.running_mean, n.running_var,
                            n.weight, n.bias, eps=n.eps)).flatten()
        for n in own.norms
    ]  # fmt: skip
