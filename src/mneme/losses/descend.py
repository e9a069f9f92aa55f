"""One step of one player."""

import torch
from torch import Tensor


def descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step down ``loss``; only the optimiser's own parameters get gradients, so the other player needs no freezing.

    A parameter the loss does not reach (the class head, where there are no classes) stays as it is.
    """
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    optimiser.step()
