"""What the jobs that measure share: pinned threads, and the row of the quality table."""

from typing import Any

import numpy  # noqa: F401 (its BLAS is limited below, and can only be once it is loaded)
import threadpoolctl
import torch

from mneme.data.stream import Task
from mneme.machine.device import describe
from mneme.spec import spec_hash

Row = dict[str, Any]


def pin_threads(threads: int) -> None:
    """Pin the CPU threads of NumPy's own BLAS, which torch's setting does not reach.

    The Fréchet distance is computed there, and one and two threads add up in another order.
    """
    threadpoolctl.threadpool_limits(threads, user_api="blas")


def identity(spec: dict[str, Any], device: torch.device) -> Row:
    """What every row of an evaluation says of its origin: the chain, the checkpoint, the spec and the versions."""
    import torch_fidelity

    return {
        **{name: spec[name] for name in ("stream", "method", "seed", "checkpoint")},
        "spec": spec_hash(spec),
        "device": describe(device),
        "torch": torch.__version__,
        "torch_fidelity": torch_fidelity.__version__,
    }


def row(
    task: Task,
    metric: str,
    value: float | None,
    n: int,
    status: str,
    identity: Row,
    *,
    extractor: str = "method",
    std: float | None = None,
    real: float | None = None,
    samples: str | None = None,
) -> Row:
    """One row of the quality table, or of the curve table where ``identity`` has a ``step``.

    Args:
        value: None where nothing was measured, and ``status`` says why.
        n: how many images were measured, or entries of masks.
        status: ``ok``, or what befell the training: ``diverged`` or ``collapsed``.
        identity: what :func:`identity` returned.
        extractor: what measured: ``classifier`` or ``inception``, or the method itself by its predictions.
        std: deviation of a measure that is taken several times.
        real: the same measure of real images.
        samples: :func:`mneme.evaluation.samples.fingerprint` of the images.
    """
    place = {"task": task.index, "task_name": task.name, "metric": metric}
    measured = {"value": value, "std": std, "real": real, "n": n, "status": status}
    return {**identity, **place, **measured, "extractor": extractor, "samples_sha256": samples}
