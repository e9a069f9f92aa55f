"""What the jobs that measure share: pinned threads, and what every row says of its origin."""

from typing import Any

import numpy  # noqa: F401 (its BLAS is limited below, and can only be once it is loaded)
import threadpoolctl
import torch

from mneme.machine.device import describe
from mneme.spec import spec_hash


def pin_threads(threads: int) -> None:
    """Pin the CPU threads of NumPy's own BLAS, which torch's setting does not reach.

    The Fréchet distance is computed there, and one and two threads add up in another order.
    """
    threadpoolctl.threadpool_limits(threads, user_api="blas")


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
