"""Quality against training step: the Fréchet distance of a task's snapshots (GAN Memory, figure 1b)."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from mneme import files
from mneme.data.stream import Task
from mneme.evaluation.quality import Judge, Row, judge_task
from mneme.spec import spec_hash
from mneme.training.restore import build, restore_snapshot

MEASURES = ("fid",)


def judge_snapshots(
    spec: dict[str, Any],
    base: Path | None,
    snapshots: Path,
    judges: Sequence[Judge],
    identity: Row,
    device: torch.device,
) -> Iterator[list[Row]]:
    """Measure every snapshot that the train spec planned, in order of steps.

    Args:
        spec: of the curve job: ``chain`` is the train spec, whose last task the snapshots are of.
        identity: what every row says of its origin.

    Yields:
        The rows of one step, with the ``step`` in each. A step that training did not reach has the value None
        and the status ``diverged``.

    Raises:
        UserError: the snapshots are not those of the train spec.
    """
    chain = spec["chain"]
    task, expected = Task.from_dict(chain["tasks"][-1]), spec_hash(chain)
    kept = files.load(snapshots, "steps", mmap=True)["steps"]
    for step in chain["snapshots"]:
        if step in kept:
            method, status = restore_snapshot(chain, expected, base, snapshots, step, device), "ok"
        else:
            method, status = build(chain, base, device), "diverged"
        rows, _ = judge_task(method, task, status, judges, identity | {"step": step}, device=device, only=MEASURES)
        yield rows
