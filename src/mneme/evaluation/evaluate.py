"""One job of evaluation: all tasks learned so far, sampled from one checkpoint or predicted by it, and measured."""

import sys
from pathlib import Path
from typing import Any

import torch

from mneme import files
from mneme.data.load import load
from mneme.data.stream import Task
from mneme.evaluation import evaluators, predictions
from mneme.evaluation.extractor import extract
from mneme.evaluation.job import identity, pin_threads, row
from mneme.evaluation.quality import line, measure_task
from mneme.script import Output
from mneme.spec import spec_hash
from mneme.training.restore import restore

UNDRAWN = "undrawn"  # the measure: share of a task's samples


def evaluate(
    spec: dict[str, Any],
    *,
    classifier: Path | None = None,
    references: dict[int, Path] | None = None,
    inception_weights: Path | None = None,
    inception_references: dict[int, Path] | None = None,
    base: Path | None = None,
    checkpoints: dict[int, Path],
    data: dict[str, Path] | None = None,
    device: torch.device,
    rows: Output,
    samples: Output,
) -> None:
    """Measure the samples of every task learned so far from one checkpoint, and its predictions: row t of R[t, i].

    Args:
        classifier, references: evaluators of images, where the method gives images.
        data: prepared file of each dataset, where it gives predictions.
        rows: rows of the quality table, JSON.
        samples: of every task uint8 [grid, C, S, S], in the order of the reference's given images where it translates,
            and the classifier's ``features`` float32 [points, D].

    Raises:
        UserError: a file is damaged, or the references of the evaluators hold different numbers of images.
    """
    pin_threads(spec["threads"])
    panel = evaluators.read(device, classifier, references, inception_weights, inception_references)
    method, statuses = restore(spec["chain"], base, checkpoints, device)
    found, grids, features = [], {}, {}
    for task in map(Task.from_dict, spec["tasks"]):
        status = statuses[task.index]["state"]
        origin, accuracy, before = identity(spec, device), spec["accuracy"], method.missed
        measured, images = measure_task(method, task, status, panel, origin, device=device, accuracy=accuracy)
        if before is not None:
            n = max(row["n"] for row in measured)
            share = (method.missed - before) / n if status == "ok" else None
            measured.append(row(task, UNDRAWN, share, n, status, origin))
        if data:
            test = load(task, "test", data, spec["chain"]["channels"])
            measured += predictions.measure(method, task, status, test, spec["top"], origin)
        found += measured
        if images is not None:
            asked = panel[0].references[task.index].get("given", images)  # each of them once
            grids[str(task.index)] = images[: min(spec["grid"], len(asked))].clone()
            features[str(task.index)] = extract(panel[0].extractor, images[: spec["points"]], device)["features"]
        print(f"task {task.index} '{task.name}' ({status}): {line(measured)}", file=sys.stderr, flush=True)
    files.save(samples, {"spec": spec_hash(spec), **grids, "features": features})
    files.write_json(rows, found)
