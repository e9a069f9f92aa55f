"""Labels as positions in a list of labels."""

from collections.abc import Sequence

import torch
from torch import Tensor


def place(y: Tensor, labels: Sequence[int]) -> Tensor:
    """Position in ``labels``, which holds each label once, of every label in ``y``: int64 [B] -> int64 [B]."""
    return (y[:, None] == torch.tensor(labels, device=y.device)).int().argmax(1)
