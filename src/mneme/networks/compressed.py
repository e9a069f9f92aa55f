"""Styles of low rank over a knowledge base that tasks share (GAN Memory, section 4.3, algorithm 1).

A scale matrix Gamma of task t is ``L diag(lambda) R^T + E``: bases L [out, K] and R [in, K] that earlier tasks left,
coefficients lambda [K] and a residual E [out, in] of its own. A shift matrix B is formed likewise.
"""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

from mneme.networks.lowrank import bases_to_keep
from mneme.networks.styles import StyledNetwork, key

Bases = dict[str, dict[str, Tensor]]
"""Matrix name -> {"left": [out, K], "right": [in, K]}."""


def combine(base: dict[str, Tensor], coefficients: Tensor) -> Tensor:
    """``L diag(c) R^T`` over the first bases, as many as there are coefficients.

    The bases are copied to their own memory first: a view into a base that has grown would be multiplied in another
    order, and a task would change in its last bits when a later one adds bases.
    """
    left, right = (base[side][:, : len(coefficients)].contiguous() for side in ("left", "right"))
    return (left * coefficients) @ right.T


class CompressedNetwork(nn.Module):
    """A styled network some of whose style matrices are formed over a knowledge base.

    Args:
        styled: the network under its styles; those of ``names`` are turned into residuals.
        names: of the matrices, ``blocks.0.conv_0.scale`` and so on.
        bases: what earlier tasks left; empty for the first task, whose residual starts as the source's matrix.
        coefficients: those of the previous task, where lambda starts.
    """

    def __init__(
        self, styled: StyledNetwork, names: Collection[str], bases: Bases, coefficients: dict[str, Tensor]
    ) -> None:
        super().__init__()
        self.styled, self.names, self.bases = styled, names, bases
        self.source = styled.source()
        self.coefficients = nn.ParameterDict()
        for name in names:
            if name in bases:
                self.coefficients[key(*name.rsplit(".", 1))] = nn.Parameter(coefficients[name].clone())
            else:
                with torch.no_grad():
                    self.residual(name).copy_(self.source[name])

    def residual(self, name: str) -> nn.Parameter:
        return self.styled.styles[key(*name.rsplit(".", 1))]

    def own(self) -> dict[str, nn.Parameter]:
        """What trains and is averaged: residuals, coefficients, all other styles; live parameters."""
        lambdas = {f"{name.replace('/', '.')}.lambda": value for name, value in self.coefficients.items()}
        return {**self.styled.style(), **lambdas}

    def formed(self) -> Any:
        """The network under ``L diag(lambda) R^T + E``, its weights formed once."""
        own = self.own()
        style = self.styled.style()
        for name in self.names:
            matrix = style[name]
            if name in self.bases:
                matrix = combine(self.bases[name], own[f"{name}.lambda"]) + matrix
            style[name] = matrix - self.source[name]
        return self.styled.formed(style)

    def penalised(self) -> list[Tensor]:
        """The matrices in the low-rank penalty: residuals, and whole scales and shifts of the other convolutions."""
        return [
            value if name in self.names else value + self.source[name]
            for name, value in self.styled.style().items()
            if value.dim() == 2
        ]


def absorb(base: dict[str, Tensor] | None, old: Tensor | None, residual: Tensor, fraction: float) -> tuple:
    """Cut a trained residual and add what is kept of it to the knowledge base (algorithm 1, lines 3 to 6).

    Args:
        base, old: the bases so far and the task's coefficients lambda; None for the first task.

    Returns:
        The bases after the task, and its coefficients ``[lambda, s]``.
    """
    left, singular, right = torch.linalg.svd(residual, full_matrices=False)
    kept = bases_to_keep(singular, fraction, old)
    new = {"left": left[:, :kept], "right": right[:kept].T}
    if base is not None:
        new = {side: torch.cat([base[side], new[side]], 1) for side in ("left", "right")}
    coefficients = singular[:kept] if old is None else torch.cat([old, singular[:kept]])
    return {side: value.contiguous() for side, value in new.items()}, coefficients.clone()
