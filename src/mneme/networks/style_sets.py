"""Arithmetic on trained styles: parts of one, and mixtures of several (GAN Memory, appendices C and D.2).

A style is a dict ``{"fc.scale": ..., "blocks.0.conv_1.shift": ...}`` of differences from the source style
(``networks.styles``), so a part that is left out is zero, and the source style is all zeros.
"""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

Style = dict[str, Tensor]

GROUPS = ("scale", "shift", "bias")


def group_of(name: str) -> str:
    """``scale``, ``shift`` or ``bias``; the biases per class of a conditional generator are biases."""
    return "bias" if name.startswith("class_bias.") else name.rsplit(".", 1)[1]


def part_of(name: str) -> str:
    """``FC``, ``B0``, ``B1``, ...: the part of the generator that a style belongs to."""
    return f"B{name.split('.')[1]}" if name.startswith("blocks.") else "FC"


def parts(style: Style) -> list[str]:
    """``["FC", "B0", ...]``, from the noise to the image."""
    return sorted({part_of(name) for name in style}, key=lambda part: -1 if part == "FC" else int(part[1:]))


def only(style: Style, groups: Collection[str] = GROUPS, within: Collection[str] | None = None) -> Style:
    """The style restricted to some groups in some parts, with the source style (zeros) elsewhere.

    Args:
        groups: among ``GROUPS`` (figure 2a and 2b).
        within: among ``parts(style)``; None for all of them (figure 2c).
    """
    return {
        name: value
        if group_of(name) in groups and (within is None or part_of(name) in within)
        else torch.zeros_like(value)
        for name, value in style.items()
    }


def mixture(styles: Sequence[Style], weights: Sequence[float]) -> Style:
    """``sum_k weights[k] * styles[k]``; the source style has the remaining weight to one."""
    return {name: sum(w * style[name] for w, style in zip(weights, styles, strict=True)) for name in styles[0]}


def interpolation(first: Style, last: Style, columns: int) -> list[Style]:
    """``columns`` styles from ``first`` to ``last``, both included, evenly spaced (figures 3b and 7 to 10)."""
    shares = [k / (columns - 1) for k in range(columns)]
    return [mixture([first, last], [1 - share, share]) for share in shares]


def matrices(style: Style) -> list[str]:
    """Names of the scales and shifts of convolutions: the matrices [out, in] that can be of low rank."""
    return [name for name, value in style.items() if value.dim() == 2 and group_of(name) in ("scale", "shift")]


def layer_label(name: str) -> str:
    """``blocks.2.conv_1.scale`` -> ``B2L1``, as the paper's figures 4(a) and 14 call it."""
    _, block, convolution, _ = name.split(".")
    return f"B{block}L{convolution.removeprefix('conv_')}"
