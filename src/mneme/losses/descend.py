"""One optimisation step of one of two adversarial networks."""

import torch
from torch import Tensor


def descend(optimiser: torch.optim.Optimizer, loss: Tensor, *, again: bool = False) -> None:
    """Take one step on ``loss``, a scalar; gradients are computed for the optimiser's own parameters only, so the other
    network needs no freezing.

    Parameters that the loss does not depend on (the class head of a loss without classes) stay unchanged.

    Args:
        again: keep the graph, for another loss that shares a part of it.
    """
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    gradients = torch.autograd.grad(loss, parameters, allow_unused=True, retain_graph=again or None)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = None if gradient is None else laid_out(gradient, parameter)
    optimiser.step()


def laid_out(gradient: Tensor, parameter: Tensor) -> Tensor:
    """The gradient in the memory layout of its parameter.

    ``backward`` sees to that, ``autograd.grad`` does not: a gradient penalty gives convolutions gradients with other
    strides. Fused Adam on a CPU (torch 2.15) goes through memory without a look at strides, and would lay such a
    gradient on the wrong weights.
    """
    return gradient if gradient.stride() == parameter.stride() else torch.empty_like(parameter).copy_(gradient)
