"""From files to a method that can sample."""

import importlib
from pathlib import Path
from typing import Any

import torch

from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.files import load
from mneme.method import Method, State
from mneme.settings import Settings
from mneme.spec import class_name
from mneme.state import finite


def build(spec: dict[str, Any], base: Path | None, device: torch.device, replayed: Method | None = None) -> Method:
    """The method of a train spec, with its base GAN loaded, before it has begun or been restored."""
    return create(spec, load_checkpoint(base)["state"] if base else None, device, replayed)


def create(spec: dict[str, Any], source: State | None, device: torch.device, replayed: Method | None = None) -> Method:
    """The method of a train spec, on the state of a base GAN.

    A method called ``gan_memory`` is the class ``GanMemory`` of ``mneme.methods.gan_memory.gan_memory``,
    imported by name: a job imports the method it runs and no other.

    Raises:
        UserError: there is no such module.
    """
    try:
        module = importlib.import_module(spec["module"])
    except ModuleNotFoundError as error:
        if error.name is None or not f"{spec['module']}.".startswith(f"{error.name}."):
            raise  # the module is there, and what it imports is not
        raise UserError(
            f"no method {spec['module']} here; name the folder outside the checkout that it is in: "
            "MNEME_METHODS=FOLDER, or mneme.load(..., methods=FOLDER)"
        ) from None
    cls = getattr(module, class_name(spec["module"]))
    tasks = [Task.from_dict(task) for task in spec["tasks"]]
    return cls(Settings(spec["settings"]), tasks, spec["size"], spec["channels"], device, source, replayed)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint: its state and status.

    Raises:
        UserError: the checkpoint is missing or unreadable, or holds numbers that are not finite.
    """
    checkpoint = load(path, "state", "status")
    if checkpoint["status"]["state"] == "ok" and not finite(checkpoint["state"]):
        raise UserError(
            f"{path}: holds numbers that are not finite, though its training went well; delete it and run again"
        )
    return checkpoint


def restore(
    spec: dict[str, Any], base: Path | None, checkpoints: dict[int, Path], device: torch.device
) -> tuple[Method, dict[int, dict]]:
    """The model after task t, ready to sample or to predict.

    Args:
        spec: the train spec of task t.
        base: the base GAN's checkpoint, for a method on a frozen base.
        checkpoints: those the model consists of, by task index (``mneme.method``).

    Returns:
        The method, and each task's status: that of its own checkpoint where there is one a task, else that of
        checkpoint t.
    """
    method = build(spec, base, device)
    loaded = {index: load_checkpoint(path) for index, path in checkpoints.items()}
    method.restore({index: checkpoint["state"] for index, checkpoint in loaded.items()})
    last = method.task.index
    statuses = {task.index: loaded.get(task.index, loaded[last])["status"] for task in method.tasks}
    return method, statuses


def restore_snapshot(
    spec: dict[str, Any], base: Path | None, snapshots: Path, step: int, device: torch.device
) -> Method:
    """The model at ``step`` inside the task of ``spec``, ready to sample that task."""
    method = build(spec, base, device)
    method.restore({method.task.index: load(snapshots, "steps", mmap=True)["steps"][step]})
    return method
