"""Reverse accuracy: a classifier learns from generated images and is asked about real ones (MeRGAN's scenes).

Accuracy alone is content with one good image a class; a classifier that learns from such samples is not. [GAP] The
paper says neither how many images nor which network: it is the evaluator's here, with as many images of each class, and
beside it stands the same classifier trained on the real images, as many as there are.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files
from mneme.data.load import load_many
from mneme.data.stream import Task
from mneme.evaluation import classifier
from mneme.evaluation.job import Row, identity, pin_threads, row
from mneme.evaluation.samples import Generative, balanced, draw
from mneme.script import Output
from mneme.spec import derive_seed, spec_hash
from mneme.training.restore import restore


def measure_ceiling(spec: dict[str, Any], *, data: dict[str, Path], device: torch.device, output: Output) -> None:
    """Train a classifier on real images of tasks 1 to t and ask it about test images: the upper bound.

    Args:
        data: prepared file of each dataset.
        output: task index -> accuracy, 0 to 1, JSON.

    Raises:
        UserError: a file is damaged, or the classifier's loss is not finite.
    """
    pin_threads(spec["threads"])
    tasks = [Task.from_dict(task) for task in spec["tasks"]]
    test = load_many(tasks, "test", data, spec["channels"])
    images, labels = real_images(tasks, data, spec["channels"], spec["settings"]["n"])
    found = accuracies(images, labels, test, tasks, spec, device)
    files.write_json(output, {"spec": spec_hash(spec), "tasks": {str(i): value for i, value in found.items()}})


def measure_reverse(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    base: Path | None = None,
    checkpoints: dict[int, Path],
    ceiling: Path,
    device: torch.device,
    rows: Output,
) -> None:
    """Train a classifier on generated images of tasks 1 to t and ask it about real test images.

    Args:
        data: prepared file of each dataset.
        ceiling: what a classifier of real images reaches (:func:`measure_ceiling`).
        rows: rows of the quality table, JSON.

    Raises:
        UserError: a file is damaged, or the classifier's loss is not finite.
    """
    pin_threads(spec["threads"])
    tasks = [Task.from_dict(task) for task in spec["tasks"]]
    test = load_many(tasks, "test", data, spec["channels"])
    bound = files.read_json(ceiling)
    method, statuses = restore(spec["chain"], base, checkpoints, device)
    status = next((one["state"] for one in statuses.values() if one["state"] != "ok"), "ok")
    found = {}
    if status == "ok":
        origin = {"stream": spec["stream"], "seed": spec["seed"]}
        images, labels = generated_images(method, tasks, spec["settings"]["n"], **origin, device=device)
        found = accuracies(images, labels, test, tasks, spec, device)
    known = {int(index): value for index, value in bound["tasks"].items()}
    files.write_json(rows, rows_of(found, known, test["y"], tasks, status, identity(spec, device)))
    print(f"{status}: {', '.join(f'task {index} {value:.1%}' for index, value in found.items())}", file=sys.stderr)


def real_images(tasks: Sequence[Task], data: dict[str, Path], channels: int, n: int) -> tuple[Tensor, Tensor]:
    """Up to ``n`` training images of each class: x uint8 [N, C, S, S], and the stream's labels int64 [N].

    Args:
        data: prepared file of each dataset.
    """
    real = load_many(tasks, "train", data, channels)
    random = torch.Generator().manual_seed(derive_seed("reverse", "real"))
    chosen = []
    for label in real["y"].unique():
        (mine,) = torch.nonzero(real["y"] == label, as_tuple=True)
        chosen.append(mine[torch.randperm(len(mine), generator=random)[:n]])
    index = torch.cat(chosen)
    return real["x"][index], real["y"][index]


def generated_images(
    method: Generative, tasks: Sequence[Task], n: int, *, stream: str, seed: int, device: torch.device
) -> tuple[Tensor, Tensor]:
    """``n`` images of each class, as in :func:`real_images`, with the labels that were asked for."""
    images, labels = [], []
    for task in tasks:
        count = n * len(task.labels)
        images.append(draw(method, task, count, stream=stream, seed=seed, device=device))
        labels.append(balanced(task, count))
    return torch.cat(images), torch.cat(labels)


def accuracies(
    images: Tensor,
    labels: Tensor,
    test: Mapping[str, Tensor],
    tasks: Sequence[Task],
    spec: Mapping[str, Any],
    device: torch.device,
) -> dict[int, float]:
    """Train on images uint8 [N, C, S, S] with labels [N]; task index -> share of its test images that are
    right, 0 to 1.

    Args:
        test: x and y of the real test images, with the stream's labels.
        spec: of the job: ``size``, ``channels`` and ``settings`` (width, features, steps, batch, lr).
    """
    classes = 1 + max(label for task in tasks for label in task.labels)
    learner = classifier.learn(images, labels, classes, spec, ("reverse",), device)
    found = {}
    for task in tasks:
        mine = torch.isin(test["y"], torch.tensor(task.labels))
        found[task.index] = classifier.accuracy(learner, test["x"][mine], test["y"][mine], device)
    return found


def rows_of(
    found: Mapping[int, float],
    ceiling: Mapping[int, float],
    test: Tensor,
    tasks: Sequence[Task],
    status: str,
    identity: Row,
) -> list[Row]:
    """Rows of the quality table, one a task; ``n`` counts its real test images, out of labels ``test`` [N]."""
    made = []
    for task in tasks:
        n = int(torch.isin(test, torch.tensor(task.labels)).sum())
        beside = {"extractor": "classifier", "real": ceiling[task.index]}
        made.append(row(task, "reverse_accuracy", found.get(task.index), n, status, identity, **beside))
    return made
