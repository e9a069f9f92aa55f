"""Load the images of a task from prepared datasets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from mneme import files as store
from mneme.data.stream import Task
from mneme.errors import UserError, near_miss


def load(task: Task, split: Literal["train", "test"], files: dict[str, Path], channels: int) -> dict[str, Tensor]:
    """Load the images of a task's classes; the rest of the dataset stays on disk.

    Args:
        task: says which classes of which dataset, and their labels.
        split: ``"train"`` or ``"test"``.
        files: dataset -> prepared file.
        channels: of the stream; grey images are repeated for 3.

    Returns:
        ``{"x": uint8 [N, channels, S, S], "y": int64 [N]}`` in the dataset's order; ``y`` holds the stream's labels.

    Raises:
        UserError: ``files`` lacks the dataset, or the file is damaged, lacks a class of the task, or has colour images
            where ``channels`` is 1.
    """
    if task.dataset not in files:
        raise UserError(
            f"task {task.name}: no prepared file for dataset {task.dataset}{near_miss(task.dataset, files)}; "
            "give it with --data"
        )
    path = files[task.dataset]
    prepared = store.load(path, "classes", f"x_{split}", f"y_{split}", mmap=True)
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
    return {"x": to_channels(x, channels, task.dataset), "y": labels[chosen]}


def load_many(
    tasks: Iterable[Task], split: Literal["train", "test"], files: dict[str, Path], channels: int
) -> dict[str, Tensor]:
    """Load the images of several tasks, concatenated in order; arguments, result and errors as of :func:`load`."""
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
