"""The exponential moving average of a generator's parameters, which is what the papers evaluate."""

import torch
from torch import nn


class Average:
    """``average = decay * average + (1 - decay) * parameter`` after every step, from a copy at the start.

    Args:
        parameters: name -> parameter. Parameters only: the networks averaged here hold no buffers.
        decay: 0.999 in GP-GAN and GAN Memory.
    """

    PROGRESS = ("values",)

    def __init__(self, parameters: dict[str, nn.Parameter], decay: float) -> None:
        self.decay = decay
        self.parameters = parameters
        self.values = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        torch._foreach_lerp_(list(self.values.values()), list(self.parameters.values()), 1 - self.decay)

    @torch.no_grad()
    def restart(self) -> None:
        """Start again from the parameters as they are."""
        for name, parameter in self.parameters.items():
            self.values[name].copy_(parameter)
