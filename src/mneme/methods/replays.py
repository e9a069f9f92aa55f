"""How MeRGAN draws replays: the same noise and class for the old and the new generator."""

import torch
from torch import Tensor

from mneme.methods.acgan import AcGan


class Replaying(AcGan):
    """Settings, which differ between the released scripts of digits and of scenes:

    - ``split_batch``: ``batch // K`` replays of each of K past classes (digits: 7 each in task 10), or ``batch``.
    - ``average``: divide the sum over past classes by K.
    """

    def replay(self) -> tuple[Tensor, Tensor, int]:
        """Noise [N, noise] and labels [N] of replays, class by class, and the number K of past classes."""
        classes = len(self.past)
        each = max(1, self.settings.batch // classes) if self.settings.split_batch else self.settings.batch
        y = torch.tensor(self.past, device=self.device).repeat_interleave(each)
        return self.z(len(y)), y, classes

    def weight(self, classes: int) -> float:
        return 1 / classes if self.settings.average else 1.0
