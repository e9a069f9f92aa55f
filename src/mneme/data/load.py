"""Load the images of a task from prepared datasets."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from mneme import files as store
from mneme.data.stream import Task
from mneme.errors import UserError, near_miss

Split = Literal["train", "val", "test"]


def load(task: Task, split: Split, files: dict[str, Path], channels: int) -> dict[str, Tensor]:
    """Load the images of a task's classes; the rest of the dataset stays on disk.

    Of a task that holds nothing out the training images are followed by the test images.

    Args:
        task: says which classes of which dataset, and their labels; and which dataset's images are given.
        split: ``"train"``, ``"test"``, or ``"val"`` where a dataset has a ``validation_fraction``.
        files: dataset -> prepared file.
        channels: of the stream; grey images are repeated for 3.

    Returns:
        ``{"x": uint8 [N, channels, S, S], "y": int64 [N]}`` in the dataset's order; ``y`` holds the stream's labels. Of
        a task that translates also the given images ``a``: uint8 [N, channels, S, S], row by row, where it is paired,
        else [M, channels, S, S].

    Raises:
        UserError: ``files`` lacks a dataset, or the file is damaged, lacks the split or a class of the task, or has
            colour images where ``channels`` is 1.
    """
    if split == "train" and not task.hold_out:
        kept = replace(task, hold_out=True)
        parts = [load(kept, part, files, channels) for part in ("train", "test")]
        return {key: torch.cat([part[key] for part in parts]) for key in parts[0]}
    own = ("a",) if task.given == task.dataset and task.kind != "label" else ()
    prepared = _read(task, task.dataset, split, files, "classes", *(f"{name}_{split}" for name in ("x", "y", *own)))
    names = prepared["classes"]
    if unknown := [index for index in task.classes if not 0 <= index < len(names)]:
        raise UserError(
            f"task {task.name}: dataset {task.dataset} has no class {unknown[0]}; its classes are 0 to {len(names) - 1}"
        )
    relabel = torch.full((len(names),), -1)
    relabel[list(task.classes)] = torch.tensor(task.labels)
    labels = relabel[prepared[f"y_{split}"]]
    (chosen,) = torch.nonzero(labels >= 0, as_tuple=True)
    x = prepared[f"x_{split}"].index_select(0, chosen)  # copies, so the mapped file may go
    loaded = {"x": to_channels(x, channels, task.dataset), "y": labels[chosen]}
    if task.kind == "paired":
        loaded["a"] = to_channels(prepared[f"a_{split}"].index_select(0, chosen), channels, task.dataset)
    elif task.kind == "unpaired":
        a = prepared[f"a_{split}"] if own else _read(task, task.given, split, files, f"x_{split}")[f"x_{split}"]
        loaded["a"] = to_channels(a.clone(), channels, task.given)
    return loaded


def _read(task: Task, dataset: str, split: Split, files: dict[str, Path], *keys: str) -> dict[str, Any]:
    """The prepared file of a dataset, which has some keys."""
    if dataset not in files:
        raise UserError(
            f"task {task.name}: no prepared file for dataset {dataset}{near_miss(dataset, files)}; give it with --data"
        )
    prepared = store.load(files[dataset], *(key for key in keys if not key.endswith("_val")), mmap=True)
    if any(key not in prepared for key in keys):
        raise UserError(f"task {task.name}: dataset {dataset} has no split '{split}'; give it a 'validation_fraction:'")
    return prepared


def load_many(tasks: Iterable[Task], split: Split, files: dict[str, Path], channels: int) -> dict[str, Tensor]:
    """Load targets and labels of several tasks, concatenated in order; else as :func:`load`."""
    parts = [load(task, split, files, channels) for task in tasks]
    return {key: torch.cat([part[key] for part in parts]) for key in ("x", "y")}


def to_channels(x: Tensor, channels: int, dataset: str) -> Tensor:
    """Repeat grey images [N, 1, H, W] to [N, channels, H, W]; images with that many channels are returned as they are.

    Raises:
        UserError: the images have colour and ``channels`` is 1.
    """
    if x.shape[1] == channels:
        return x
    if x.shape[1] != 1:
        raise UserError(
            f"dataset {dataset}: its images have {x.shape[1]} channels and cannot be used with channels: {channels}; "
            f"set channels: {x.shape[1]}"
        )
    return x.repeat(1, channels, 1, 1)
