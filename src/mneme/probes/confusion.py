"""Whether a method takes real images of earlier tasks for the task that it learned last.

A classifier that learns the last task from real images and all others from generated ones can tell real from generated
instead of the classes: it then calls every real image by a class of the last task. Accuracy says that something is
wrong, this says what.
"""

import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.load import load
from mneme.data.stream import Task
from mneme.evaluation.job import identity, pin_threads, row
from mneme.evaluation.predictions import predict
from mneme.script import Output
from mneme.training.restore import restore

METRIC = "past_as_current"


def measure_confusion(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    base: Path | None = None,
    checkpoints: dict[int, Path],
    device: torch.device,
    rows: Output,
) -> None:
    """Predict the test images of every task before the last one.

    Args:
        data: prepared file of each dataset.
        rows: rows of the quality table, JSON.
    """
    pin_threads(spec["threads"])
    *earlier, current = map(Task.from_dict, spec["tasks"])
    method, statuses = restore(spec["chain"], base, checkpoints, device)
    status, found = statuses[current.index]["state"], []
    for task in earlier:
        images, value = load(task, "test", data, spec["chain"]["channels"])["x"], None
        if status == "ok":
            value = taken_for(predict(method, images), current.labels)
        found.append(row(task, METRIC, value, len(images), status, identity(spec, device)))
        print(f"task {task.index} '{task.name}' ({status}): {METRIC} {value}", file=sys.stderr, flush=True)
    files.write_json(rows, found)


def taken_for(scores: Tensor, labels: tuple[int, ...]) -> float:
    """Share of images, 0 to 1, whose highest score is that of one of the labels; scores float [N, K]."""
    return torch.isin(scores.argmax(1), torch.tensor(labels)).double().mean().item()
