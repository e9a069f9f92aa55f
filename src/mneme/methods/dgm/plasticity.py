"""Plasticity of DGM (Ostapenko et al., CVPR 2019, sections 3.1 and 3.2): equations, without any network.

A layer's mask is ``m = sigmoid(s e)`` of embeddings e that are trained beside the weights, while s is annealed from
next to nothing, where all masks are a half, to where they are 0 or 1 (:func:`scale`).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

FAR = 50.0  # s e is clamped to it in the compensation, as released


def scale(step: int, steps: int, cycle: int, s_max: float, annealing: str, local: bool) -> tuple[float, float]:
    """The scale s of a step, and its epoch's s_max^i (equations 3 and 4).

    Args:
        step: 0, 1, ... ``steps - 1``.
        cycle: batches of an epoch: b runs over 0..B-1 and i over 0..I-1, I being ``steps / cycle`` rounded up.
        s_max: 1e4 (DGMw) or 1e5 (DGMa).
        annealing: how far epoch i and batch b are on their way. ``released``: i / I and b / B, so that s_max is never
            reached; ``paper``: i / (I - 1) and b / (B - 1); ``next``: (i + 1) / I and b / B, as released for ImageNet.
        local: whether s runs inside an epoch too, from 1 / s_max^i to s_max^i (DGMw); otherwise it is s_max^i. In the
            first epoch s_max^i is about 1 / s_max, so that s runs backwards there, as published.
    """
    epoch, b = divmod(step, cycle)
    epochs = math.ceil(steps / cycle)
    if annealing == "paper":
        way, inside = epoch / max(1, epochs - 1), b / max(1, cycle - 1)
    else:
        way, inside = (epoch + (annealing == "next")) / epochs, b / cycle
    top = 1 / s_max + (s_max - 1 / s_max) * way
    return (1 / top + (top - 1 / top) * inside if local else top), top


def compensation(embeddings: Tensor, s: float, top: float) -> Tensor:
    """Factor of the embeddings' gradient, of their shape: what annealing takes from it is given back.

    ``(s_max^i / s) (cosh(s e) + 1) / (cosh(e) + 1)``, s e clamped to 50, as released; HAT (Serra et al., 2018, section
    2.5) has s_max for s_max^i. Past s e of 17 a mask in float32 is exactly 1 and its gradient 0, which no factor mends.
    """
    return (top / s) * (cosh((s * embeddings).clamp(-FAR, FAR)) + 1) / (cosh(embeddings) + 1)


def cosh(x: Tensor) -> Tensor:
    """As ``torch.cosh``, which is six times as slow as one ``torch.exp`` on a CPU (torch 2.15)."""
    grown = torch.exp(x)
    return (grown + 1 / grown) / 2


def regulariser(masks: Sequence[Tensor], reserved: Sequence[Tensor]) -> Tensor:
    """R of equation 6, a scalar: the mean mask over all entries of all layers that earlier tasks did not reserve.

    Args:
        masks: in [0, 1], of this task.
        reserved: bool, of their shapes.
    """
    free = [~part for part in reserved]
    total = torch.stack([(mask * part).sum() for mask, part in zip(masks, free, strict=True)]).sum()
    return total / torch.stack([part.sum() for part in free]).sum().clamp(min=1)


def padded(mask: Tensor, shape: Sequence[int]) -> Tensor:
    """A bool mask of an earlier, narrower layer in the shape of the layer now; what is new is not masked."""
    whole = torch.zeros(*shape, dtype=torch.bool, device=mask.device)
    whole[tuple(slice(length) for length in mask.shape)] = mask
    return whole


def cumulated(masks: Sequence[Sequence[Tensor]], shapes: Sequence[Sequence[int]], device: torch.device) -> list[Tensor]:
    """Cumulated masks of the layers (equation 5): bool, of ``shapes``, true where a mask of any task is.

    Args:
        masks: of each task, one a layer, bool.
    """
    whole = [torch.zeros(*shape, dtype=torch.bool, device=device) for shape in shapes]
    for task in masks:
        whole = [part | padded(mask, part.shape) for part, mask in zip(whole, task, strict=True)]
    return whole


def widths_by_weight(wide: Sequence[int], newly: Sequence[int], noise: int, taps: int = 16) -> list[int]:
    """Widths after a task that reserved ``newly`` weights of each layer (DGMw; section 3.2).

    The first layer gains ``ceil(newly / (noise taps))`` outputs. A later one is first credited with the weights that
    its new inputs bring, and gains ``ceil(rest / (inputs taps))`` outputs for the rest, as released; the paper knows no
    credit. What is rounded up adds to what is free, task by task.

    Args:
        wide: output channels of the layers so far.
        taps: weights of a kernel.
    """
    new: list[int] = []
    for layer, (out, count) in enumerate(zip(wide, newly, strict=True)):
        inputs, before = (new[-1], wide[layer - 1]) if layer else (noise, noise)
        rest = count - (inputs - before) * out * taps
        new.append(out + max(0, math.ceil(rest / (inputs * taps))))
    return new


def widths_by_weight_residual(wide: Sequence[int], newly: Sequence[int], noise: int) -> list[int]:
    """The same for :mod:`mneme.networks.masked_residual`, whose masks are those of the projection and, block by block,
    of the first and second convolution and the shortcut; as released for ImageNet-50.

    The projection follows the rule of a first layer. A convolution is credited with its new inputs and gains
    ``ceil(rest / (9 inputs))`` outputs, its inputs being those before. The shortcut takes the second convolution's: the
    released code credits it with its channels, squared, in place of one tap, and so it never asks for more.
    """
    new = [wide[0] + math.ceil(newly[0] / (16 * noise))]
    for place in range(1, len(wide)):
        inputs, out = wide[place - 1], wide[place]
        rest = newly[1 + 3 * ((place - 1) // 2) + (place - 1) % 2] - 9 * (new[-1] - inputs) * out
        new.append(out + max(0, math.ceil(rest / (9 * inputs))))
    return new


def widths_of_constant_room(
    wide: Sequence[int], reserved: Sequence[int], first: Sequence[Sequence[int]],
    units: Sequence[tuple[int | None, int]],
) -> list[int]:  # fmt: skip
    """Widths by which as many weights of each layer are free as before the first task, as section 3.2 says (DGMw).

    What an earlier expansion rounded up, or new inputs brought beyond need, is made use of. Layers of one tap,
    shortcuts, take the outputs of the layer beside them.

    Args:
        wide: output channels so far, which never become fewer.
        reserved: weights of each layer that the tasks so far reserved.
        first: shapes of the layers' weights in the first task, input channels first.
        units: of each layer its inputs and outputs, as places in the widths; None for z.
    """
    new = list(wide)
    for count, shape, (given, made) in zip(reserved, first, units, strict=True):
        taps = shape[2] * shape[3]
        column = taps * (shape[0] if given is None else new[given])
        if taps > 1:
            new[made] = max(new[made], math.ceil((math.prod(shape) + count) / column))
    return new


def widths_by_unit(wide: Sequence[int], newly: Sequence[int]) -> list[int]:
    """Widths after a task that reserved ``newly`` units of each layer (DGMa): as many are free as before."""
    return [out + count for out, count in zip(wide, newly, strict=True)]
