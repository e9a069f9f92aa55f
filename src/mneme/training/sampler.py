"""Shuffled batches as a function of seed and batch number, so that resuming needs no saved state."""

import torch
from torch import Tensor

from mneme.spec import derive_seed


class EpochSampler:
    """Samples without replacement in shuffled epochs, endlessly; a batch may contain images of two epochs.

    Args:
        n: number of images.
        batch: images a batch.
        seed: words that name the job.
    """

    def __init__(self, n: int, batch: int, seed: tuple[object, ...]) -> None:
        self.n, self.batch, self.seed = n, batch, seed
        self.epoch, self.order = -1, torch.empty(0, dtype=torch.int64)

    def indices(self, k: int) -> Tensor:
        """Indices int64 [batch] of batch k = 0, 1, ..."""
        pieces, position, end = [], k * self.batch, (k + 1) * self.batch
        while position < end:
            epoch, offset = divmod(position, self.n)
            if epoch != self.epoch:
                generator = torch.Generator().manual_seed(derive_seed(*self.seed, "epoch", epoch))
                self.epoch, self.order = epoch, torch.randperm(self.n, generator=generator)
            pieces.append(self.order[offset : offset + end - position])
            position += len(pieces[-1])
        return torch.cat(pieces)
