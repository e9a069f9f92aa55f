"""States of methods, as nested dicts and lists of tensors and other plain values: what a checkpoint keeps, and what a
task that is half trained consists of."""

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


def packed(part: Any, where: str) -> Any:
    """What is kept of a part of a half-trained task: plain values, which ``torch.load(weights_only=True)`` reads.

    Args:
        part: an object that names the attributes to keep in ``PROGRESS``, or has ``state_dict`` and
            ``load_state_dict``; a tensor, number, string or None; or a dict, list or tuple of all these.
        where: what an error calls the part.

    Raises:
        TypeError: the part is of another kind.
    """
    if hasattr(part, "load_state_dict"):
        return part.state_dict()
    if (parts := _parts(part)) is not None:
        return {name: packed(value, f"{where}.{name}") for name, value in parts.items()}
    if part is None or isinstance(part, Tensor | bool | int | float | str):
        return part
    raise TypeError(f"{where}: a {type(part).__name__} is no tensor or number, and has no state_dict to keep it by")


def unpacked(part: Any, kept: Any, where: str) -> Any:
    """The part as it was when :func:`packed` made ``kept`` of it.

    Objects and tensors are changed in place: an optimiser goes on holding the tensors it was given. What grows while a
    task is trained, as a bank of images does, needs a ``state_dict`` of its own.

    Raises:
        ValueError: ``kept`` has other names, another length or another shape than the part.
    """
    if hasattr(part, "load_state_dict"):
        part.load_state_dict(kept)
    elif (parts := _parts(part)) is not None:
        if parts.keys() != kept.keys():
            raise ValueError(f"{where}: saved were {sorted(map(str, kept))}, not {sorted(map(str, parts))}")
        found = {name: unpacked(value, kept[name], f"{where}.{name}") for name, value in parts.items()}
        if isinstance(part, dict | list | tuple):
            return found if isinstance(part, dict) else type(part)(found.values())
        vars(part).update(found)
    elif getattr(part, "shape", None) != getattr(kept, "shape", None):
        raise ValueError(f"{where}: saved was {kept}, not a value like {part}")
    elif not isinstance(part, Tensor):
        return kept
    else:
        part.detach().copy_(kept)
    return part


def _parts(part: Any) -> dict[Any, Any] | None:
    """The named parts of an object with ``PROGRESS``, the entries of a dict, list or tuple; None of anything else."""
    if isinstance(part, list | tuple):
        return dict(enumerate(part))
    if hasattr(part, "PROGRESS"):
        return {name: getattr(part, name) for name in part.PROGRESS}
    return part if isinstance(part, dict) else None
