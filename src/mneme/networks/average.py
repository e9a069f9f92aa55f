"""Exponential moving average of a generator's parameters, the network that the papers evaluate."""

import torch
from torch import nn


class Average:
    """``average = decay * average + (1 - decay) * parameter`` after every step, initialised with the parameters.

    Args:
        parameters: name -> parameter. There are no buffers: the networks averaged here have none.
        decay: 0.999 in GP-GAN and GAN Memory.
    """

    PROGRESS = ("values",)

    def __init__(self, parameters: dict[str, nn.Parameter], decay: float) -> None:
        self.decay, self.parameters = decay, parameters
        self.values = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Include the parameters' current values."""
        torch._foreach_lerp_(list(self.values.values()), list(self.parameters.values()), 1 - self.decay)

    @torch.no_grad()
    def restart(self) -> None:
        """Reset the average to the parameters' current values."""
        torch._foreach_copy_(list(self.values.values()), list(self.parameters.values()))
