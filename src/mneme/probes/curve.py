"""A task, measured at every snapshot that a training job kept: the one being learned, or an earlier one.

The Fréchet distance of the former is GAN Memory's figure 1(b), the samples of the latter are MeRGAN's figure 5.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.stream import Task
from mneme.evaluation.quality import Judge, Row, judge_task
from mneme.spec import spec_hash
from mneme.training.restore import build, restore_snapshot


def judge_snapshots(
    spec: dict[str, Any],
    base: Path | None,
    snapshots: Path,
    judges: Sequence[Judge],
    identity: Row,
    device: torch.device,
) -> Iterator[tuple[list[Row], Tensor | None]]:
    """Measure every snapshot that the train spec planned, in order of steps.

    Args:
        spec: of the job: ``chain`` is the train spec whose snapshots these are, ``task`` the one to measure,
            ``measures`` what to take of it, ``n`` of how many images (null: as many as real ones).
        identity: what every row says of its origin.

    Yields:
        The rows of one step, with the ``step`` in each, and the samples. A step that training did not reach has the
        value None, the status ``diverged`` and no samples.

    Raises:
        UserError: the snapshots are not those of the train spec.
    """
    chain = spec["chain"]
    task, expected = Task.from_dict(spec["task"]), spec_hash(chain)
    kept = files.load(snapshots, "steps", mmap=True)["steps"]
    for step in chain["snapshots"]:
        if step in kept:
            method, status = restore_snapshot(chain, expected, base, snapshots, step, device), "ok"
        else:
            method, status = build(chain, base, device), "diverged"
        origin, asked = identity | {"step": step}, {"only": spec["measures"], "first": spec["n"]}
        yield judge_task(method, task, status, judges, origin, device=device, **asked)
