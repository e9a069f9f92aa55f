"""Styles of low rank over a knowledge base that tasks share (GAN Memory, section 4.3, algorithm 1).

A scale matrix Gamma of task t is ``L diag(lambda) R^T + E``: bases L [out, K] and R [in, K] of earlier tasks,
coefficients lambda [K] and a residual E [out, in] of its own. A shift matrix B is formed likewise.
"""

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

from mneme.networks.lowrank import bases_to_keep, svd
from mneme.networks.styles import StyledNetwork, key

Bases = dict[str, dict[str, Tensor]]
"""Matrix name -> {"left": [out, K], "right": [in, K]}."""


def combine(base: dict[str, Tensor], coefficients: Tensor) -> Tensor:
    """``L diag(c) R^T`` [out, in] over the first K bases, K being the number of coefficients.

    The bases are made contiguous first: a view of bases that have grown could be multiplied in another order, and the
    images of a task would change in their last bits when a later task adds bases.
    """
    left, right = (base[side][:, : len(coefficients)].contiguous() for side in ("left", "right"))
    return (left * coefficients) @ right.T


class CompressedNetwork(nn.Module):
    """A styled network of which some style matrices are combinations of a knowledge base.

    Args:
        styled: the network under its styles; those of ``names`` are turned into residuals.
        names: of the matrices, e.g. ``blocks.0.conv_0.scale``.
        bases: of earlier tasks; empty for the first task, whose residual is initialised with the source's matrix.
        coefficients: of the previous task, the initial value of lambda.
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
        """The residual E [out, in] of a matrix."""
        return self.styled.styles[key(*name.rsplit(".", 1))]

    def own(self) -> dict[str, nn.Parameter]:
        """Parameters that are trained and averaged: residuals, coefficients and all other styles, not copies."""
        lambdas = {f"{name.replace('/', '.')}.lambda": value for name, value in self.coefficients.items()}
        return {**self.styled.style(), **lambdas}

    def formed(self) -> Any:
        """The network as a function, with matrices ``L diag(lambda) R^T + E`` computed once."""
        style = self.own()
        for name in self.names:
            matrix = style[name]
            if name in self.bases:
                matrix = combine(self.bases[name], style[f"{name}.lambda"]) + matrix
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
    """Truncate a trained residual and add its leading singular vectors to the bases (algorithm 1, lines 3 to 6).

    Args:
        base, old: bases so far and coefficients lambda [K] of the task; None for the first task.
        residual: E [out, in].
        fraction: share of the energy to keep, in (0, 1].

    Returns:
        The bases after the task, and its coefficients ``[lambda, s]``, s being singular values of E.
    """
    left, singular, right = svd(residual)
    kept = bases_to_keep(singular, fraction, old)
    new = {"left": left[:, :kept], "right": right[:kept].T}
    if base is not None:
        new = {side: torch.cat([base[side], new[side]], 1) for side in ("left", "right")}
    coefficients = singular[:kept] if old is None else torch.cat([old, singular[:kept]])
    return {side: value.contiguous() for side, value in new.items()}, coefficients.clone()
