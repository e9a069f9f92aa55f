"""States of methods: what a checkpoint keeps, as nested dicts and lists of tensors and other plain values."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor


def tensors(state: Any) -> Iterator[Tensor]:
    """All tensors in it, at any depth."""
    if isinstance(state, Tensor):
        yield state
    elif isinstance(state, dict | list | tuple):
        for part in state.values() if isinstance(state, dict) else state:
            yield from tensors(part)


def numbers(state: Any) -> int:
    """How many numbers its tensors hold."""
    return sum(tensor.numel() for tensor in tensors(state))


def finite(state: Any) -> bool:
    """Whether all floating numbers in it are."""
    return all(bool(tensor.isfinite().all()) for tensor in tensors(state) if tensor.is_floating_point())
