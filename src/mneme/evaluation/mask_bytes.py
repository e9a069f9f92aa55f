"""Bytes of binary masks on disk, from counts of their entries: as packed bits, and sparse (DGM, Table 4)."""

from collections.abc import Iterable, Mapping

INDEX, VALUE, WORD = 8, 4, 4  # bytes: int64, float32, int32


def packed(layers: Iterable[Mapping[str, int]]) -> int:
    """A bit an entry, each layer filled up to a whole word of 32 bits.

    Args:
        layers: a row a layer of a task, with its ``entries``.
    """
    return sum(WORD * -(-row["entries"] // 32) for row in layers)


def sparse(layers: Iterable[Mapping[str, int]], dimensions: int) -> int:
    """Coordinates and values of the used entries: an int64 a dimension and a float32 each.

    [GAP] Table 4 says "sparse form" and no more; this is the form of ``torch.Tensor.to_sparse``.

    Args:
        layers: a row a layer of a task, with its ``used`` entries.
        dimensions: of a mask: 4 where it masks the weights of convolutions, 1 where it masks their channels.
    """
    return sum(row["used"] for row in layers) * (INDEX * dimensions + VALUE)


def dimensions(layers: Iterable[Mapping[str, int]], weights: int) -> int:
    """4 if a task's masks have an entry for each of its ``weights``, else 1."""
    return 4 if sum(row["entries"] for row in layers) == weights else 1
