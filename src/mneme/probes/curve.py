"""A task, measured at every snapshot that a training job kept: the one being learned, or an earlier one.

The Fréchet distance of the former is GAN Memory's figure 1(b), the samples of the latter are MeRGAN's figure 5.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.load import load
from mneme.data.stream import Task
from mneme.evaluation import evaluators, predictions
from mneme.evaluation.job import Row, identity, pin_threads, row
from mneme.evaluation.quality import Evaluator, line, measure_task
from mneme.script import Output
from mneme.spec import spec_hash
from mneme.training.restore import build, restore_snapshot

KEPT = 8  # samples of each step


def measure_curve(
    spec: dict[str, Any],
    *,
    classifier: Path | None = None,
    references: dict[int, Path] | None = None,
    inception_weights: Path | None = None,
    inception_references: dict[int, Path] | None = None,
    data: dict[str, Path] | None = None,
    base: Path | None = None,
    snapshots: Path,
    device: torch.device,
    rows: Output,
    samples: Output | None = None,
) -> None:
    """Measure a task at every snapshot of one training job: quality against step.

    Args:
        classifier, references: evaluators of images, where the method gives images.
        data: prepared file of each dataset, where it gives predictions alone: its snapshots count right ones.
        rows: rows of the curve table, JSON.
        samples: up to 8 samples of every step, uint8 [8, C, S, S].

    Raises:
        UserError: a file is damaged, or the references of the evaluators hold different numbers of images.
    """
    pin_threads(spec["threads"])
    if data:
        files.write_json(rows, list(counted(spec, data, snapshots, identity(spec, device))))
        return
    panel = evaluators.read(device, classifier, references, inception_weights, inception_references)
    found, kept = [], {}
    for measured, images in measure_snapshots(spec, base, snapshots, panel, identity(spec, device), device):
        found += measured
        if images is not None:
            kept[str(measured[0]["step"])] = images[:KEPT].clone()
        print(f"step {measured[0]['step']}: {line(measured)}", file=sys.stderr, flush=True)
    if samples:
        files.save(samples, {"spec": spec_hash(spec), **kept})
    files.write_json(rows, found)


def counted(spec: dict[str, Any], data: dict[str, Path], snapshots: Path, identity: Row) -> Iterator[Row]:
    """The test accuracies of tasks 1 to t that a classifier's snapshots counted, as rows of the curve table.

    Args:
        spec: of the job: ``chain`` is the train spec whose snapshots these are.
    """
    chain, kept = spec["chain"], files.load(snapshots, "steps")["steps"]
    for task in map(Task.from_dict, spec["learned"]):
        n = len(load(task, "test", data, chain["channels"])["y"])
        for step in chain["snapshots"]:
            value = kept[step]["right"][task.index] / n if step in kept else None
            status = "ok" if step in kept else "diverged"
            yield row(task, predictions.name_of(1), value, n, status, identity | {"step": step})


def measure_snapshots(
    spec: dict[str, Any],
    base: Path | None,
    snapshots: Path,
    panel: Sequence[Evaluator],
    identity: Row,
    device: torch.device,
) -> Iterator[tuple[list[Row], Tensor | None]]:
    """Measure every snapshot that the train spec planned, in order of steps.

    Args:
        spec: of the job: ``chain`` is the train spec whose snapshots these are, ``task`` the one to measure,
            ``measures`` what to take of it, ``n`` of how many images (null: as many as real ones).
        identity: what every row says of its origin.

    Yields:
        The rows of one step, with the ``step`` in each, and the samples uint8 [N, C, S, S]. A step that training did
        not reach has the value None, the status ``diverged`` and no samples.

    Raises:
        UserError: the file of snapshots is damaged.
    """
    chain, task = spec["chain"], Task.from_dict(spec["task"])
    kept = files.load(snapshots, "steps", mmap=True)["steps"]
    for step in chain["snapshots"]:
        if step in kept:
            method, status = restore_snapshot(chain, base, snapshots, step, device), "ok"
        else:
            method, status = build(chain, base, device), "diverged"
        origin, asked = identity | {"step": step}, {"only": spec["measures"], "first": spec["n"]}
        yield measure_task(method, task, status, panel, origin, device=device, **asked)
