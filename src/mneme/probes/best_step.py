"""The accuracy at the step of a task that is best on real validation images, past tasks' included.

DGM's released code reports this number for every task. It is no property of what is kept: the model that learns the
next task is that of the last step, and nobody without real images of past tasks could choose the step. It stands beside
the accuracy of the last step under a name of its own.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.load import load
from mneme.data.stream import Task
from mneme.evaluation.job import identity, pin_threads, row
from mneme.evaluation.predictions import predict, right
from mneme.method import Method
from mneme.script import Output
from mneme.training.restore import restore_snapshot

METRIC = "test_accuracy_best"


def measure_best_step(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    base: Path | None = None,
    snapshots: Path,
    device: torch.device,
    rows: Output,
) -> None:
    """Predict validation images with every snapshot of a task, and test images with the best.

    Args:
        data: prepared file of each dataset, with validation images.
        rows: rows of the quality table, JSON; a task that was never trained to its first snapshot has no values.
    """
    pin_threads(spec["threads"])
    tasks, chain = [Task.from_dict(task) for task in spec["tasks"]], spec["chain"]
    images = {split: [load(task, split, data, chain["channels"]) for task in tasks] for split in ("val", "test")}
    kept = sorted(files.load(snapshots, "steps", mmap=True)["steps"])
    scores = {}
    for step in kept:
        shares = accuracies(restore_snapshot(chain, base, snapshots, step, device), images["val"])
        scores[step] = sum(shares) / len(shares)
        print(f"step {step}: {scores[step]:.2%} of validation images", file=sys.stderr, flush=True)
    found: Sequence[float | None] = [None] * len(tasks)
    if scores:
        found = accuracies(restore_snapshot(chain, base, snapshots, best(scores), device), images["test"])
    status, origin = "ok" if scores else "diverged", identity(spec, device)
    measured = zip(tasks, images["test"], found, strict=True)
    files.write_json(rows, [row(task, METRIC, value, len(test["y"]), status, origin) for task, test, value in measured])


def best(scores: Mapping[int, float]) -> int:
    """The step with the highest score, the first of equal ones."""
    return max(sorted(scores), key=scores.__getitem__)


def accuracies(method: Method, parts: Sequence[Mapping[str, Tensor]]) -> list[float]:
    """Of each task's images x and y, the share, 0 to 1, that is given its own class."""
    return [right(predict(method, part["x"]), part["y"], 1) / len(part["y"]) for part in parts]
