"""Energy and truncation of a style matrix (GAN Memory, section 4.3 and appendix G).

The energy of a matrix is the sum of its singular values, as in the released code; not of their squares.
"""

import torch
from torch import Tensor


def svd(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """U [M, J], s [J] and V^T [J, N] of a matrix [M, N], in which entries that are not finite count as zero."""
    return torch.linalg.svd(matrix.nan_to_num(0, 0, 0), full_matrices=False)


def bases_to_keep(singular: Tensor, fraction: float, old: Tensor | None = None) -> int:
    """The smallest number of leading singular values with ``fraction`` of the energy.

    Args:
        singular: singular values [J], descending.
        fraction: of the energy, in (0, 1]; 1 keeps all.
        old: coefficients [K] of existing bases. Their absolute values are part of the energy and are always kept, so no
            new base is needed if they alone reach the fraction.
    """
    singular = singular.double()
    held = old.double().abs().sum() if old is not None else singular.new_zeros(())
    wanted = fraction * (held + singular.sum())
    if held >= wanted:
        return 0
    if fraction >= 1:
        return len(singular)
    return int((held + singular.cumsum(0) < wanted).sum()) + 1


def truncate(matrix: Tensor, fraction: float) -> Tensor:
    """The matrix [M, N] without its smallest singular values, with ``fraction`` in (0, 1] of its energy."""
    if fraction >= 1:
        return matrix
    left, singular, right = svd(matrix)
    kept = bases_to_keep(singular, fraction)
    return (left[:, :kept] * singular[:kept]) @ right[:kept]


def eta(count: int, like: Tensor) -> Tensor:
    """Weights ``0.1 + sigmoid(10 j / J)`` of the singular values j = 0..J-1 in the penalty: 0.6 to almost 1.1."""
    index = torch.arange(count, dtype=like.dtype, device=like.device)
    return 0.1 + torch.sigmoid(10 * index / count)


def weighted_nuclear_norm(matrix: Tensor) -> Tensor:
    """``sum_j eta_j s_j`` of a matrix [M, N] (appendix G.1), differentiable where the matrix is zero too.

    Its gradient is ``U diag(eta) V^T`` with the singular vectors held fixed, which is exact and, unlike that of the
    singular values of a matrix that repeats them, finite. A zero singular value has many singular vectors and a
    subgradient of zero among its choices; zero is taken. Of a matrix that is not finite it is not finite either.
    """
    with torch.no_grad():
        left, singular, right = svd(matrix)
        weights = eta(len(singular), singular) * (singular > singular.amax() * 1e-7)
        direction = (left * weights) @ right
    return (matrix * direction).sum()
