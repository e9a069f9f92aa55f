"""How MeRGAN draws replays: the same noise and label for the old and the new generator."""

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
        """Noise [N, noise] and labels [N] of replays, label by label, and the number K of past labels."""
        labels = len(self.past)
        each = max(1, self.settings.batch // labels) if self.settings.split_batch else self.settings.batch
        y = torch.tensor(self.past, device=self.device).repeat_interleave(each)
        return torch.randn(len(y), self.noise, device=self.device), y, labels

    def weight(self, labels: int) -> float:
        return 1 / labels if self.settings.average else 1.0
