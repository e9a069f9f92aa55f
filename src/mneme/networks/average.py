"""Exponential moving average of a generator's parameters, the network that the papers evaluate."""

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class Average:
    """``average = decay * average + (1 - decay) * parameter`` after every step, initialised with the parameters.

    Args:
        parameters: name -> parameter. There are no buffers: the networks averaged here have none.
        decay: 0.999 in GP-GAN and GAN Memory.
    """

    PROGRESS = ("values",)

    def __init__(self, parameters: dict[str, nn.Parameter], decay: float) -> None:
        self.parameters, self.blend = parameters, get_ema_multi_avg_fn(decay)
        self.values = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    def update(self) -> None:
        """Move the average towards the parameters' current values."""
        self.blend(list(self.values.values()), list(self.parameters.values()), None)

    @torch.no_grad()
    def restart(self) -> None:
        """Reset the average to the parameters' current values."""
        for name, parameter in self.parameters.items():
            self.values[name].copy_(parameter)
