"""The optimiser of pix2pix and CycleGAN (Isola et al., 2017, section 3.3; Zhu et al., 2017, section 4)."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from mneme.losses.descend import descend


def decay(step: int, steps: int, constant: float) -> float:
    """Factor of the learning rate at step 0, 1, ... of ``steps``: 1 for the first share ``constant``, then linear to 0
    after the last step."""
    falling = steps * (1 - constant)
    return min(1.0, (steps - step) / falling) if falling > 0 else 1.0


class DecayingAdam:
    """Adam, betas 0.5 and 0.999, with a learning rate that is constant and then falls linearly to zero.

    Args:
        parameters: those that require a gradient are trained.
        lr: learning rate at the start.
        steps: of the whole task.
        constant: share of them at the full learning rate (0.5: 100 epochs of 200).
    """

    PROGRESS = ("adam", "schedule")

    def __init__(self, parameters: Iterable[nn.Parameter], *, lr: float, steps: int, constant: float) -> None:
        trained = [parameter for parameter in parameters if parameter.requires_grad]
        self.adam = torch.optim.Adam(trained, lr=lr, betas=(0.5, 0.999), eps=1e-8, fused=True)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(self.adam, lambda step: decay(step, steps, constant))

    def descend(self, loss: Tensor) -> None:
        """Take one step on ``loss``, a scalar."""
        descend(self.adam, loss)
        self.schedule.step()
