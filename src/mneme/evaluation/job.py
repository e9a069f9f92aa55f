"""What the evaluation's jobs share: how they start, read their arguments and sign their rows."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import numpy  # noqa: F401 (its BLAS is limited below, and can only be once it is loaded)
import threadpoolctl
import torch

from mneme.errors import UserError
from mneme.machine.device import choose_device, describe
from mneme.spec import spec_hash

Key = TypeVar("Key", int, str)


def begin(device: str, threads: int) -> torch.device:
    """Choose the device and pin the CPU threads, those of NumPy's own BLAS included.

    Torch's setting does not reach them, and the Fréchet distance is computed there: one and two threads
    add up in another order.

    Raises:
        UserError: CUDA is asked for and absent.
    """
    threadpoolctl.threadpool_limits(threads, user_api="blas")
    return choose_device(device, threads)


def named_paths(words: Iterable[str], option: str, key: Callable[[str], Key] = str) -> dict[Key, Path]:
    """Read ``name=path`` words of a command line; ``key`` makes the dict key of a name, e.g. ``int``.

    Raises:
        UserError: a word is not ``name=path``, its name does not fit ``key``, or a name stands twice.
    """
    paths: dict[Key, Path] = {}
    for word in words:
        name, _, path = word.partition("=")
        try:
            if not path:
                raise ValueError
            name = key(name)
        except ValueError:
            raise UserError(f"{option} {word}: write NAME=PATH; tasks and checkpoints are named by number") from None
        if name in paths:
            raise UserError(f"{option} {word}: '{name}' stands twice; give it one path")
        paths[name] = Path(path)
    return paths


def identity(spec: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """What every row of an evaluation says of its origin: the chain, the checkpoint, the spec and the versions."""
    import torch_fidelity

    return {
        **{name: spec[name] for name in ("stream", "method", "seed", "checkpoint")},
        "spec": spec_hash(spec),
        "device": describe(device),
        "torch": torch.__version__,
        "torch_fidelity": torch_fidelity.__version__,
    }
