"""Replays of MeRGAN (Wu et al., 2018, section 2): the same noise and labels for the old and the new generator."""

import torch
from torch import Tensor


class Replays:
    """Mixed into a :class:`mneme.method.Method` with these settings, in which the released scripts of digits and of
    scenes differ:

    - ``split_batch``: ``batch // K`` replays of each of K past labels (digits: 7 each in task 10), or ``batch``.
    - ``average``: divide the sum over past labels by K.
    """

    past: list[int]  # labels of the tasks before this one

    def replay(self) -> tuple[Tensor, Tensor, int]:
        """Noise float [N, noise] and labels int64 [N] of replays, ordered by label, and the number K of past labels."""
        labels = len(self.past)
        each = max(1, self.settings.batch // labels) if self.settings.split_batch else self.settings.batch
        y = torch.tensor(self.past, device=self.device).repeat_interleave(each)
        return torch.randn(len(y), self.noise, device=self.device), y, labels

    def weight(self, labels: int) -> float:
        """Factor of the sum over K past labels: 1 / K if ``average`` is set, else 1."""
        return 1 / labels if self.settings.average else 1.0
