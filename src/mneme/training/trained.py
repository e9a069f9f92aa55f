"""A trained model for use outside the pipeline: ``mneme.load(folder)``."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mneme import files, lineage
from mneme import methods as packages
from mneme.data.stream import Task
from mneme.errors import UserError, near_miss
from mneme.method import Method
from mneme.training.restore import create, restore

RECORD = "train.lineage.json"


class Trained:
    """A method after some tasks.

    Attributes:
        method: ready to sample and to predict, see :class:`mneme.method.Method`.
        spec: the training job's.
        statuses: task index -> ``{"state": "ok" | "collapsed" | "diverged", "step": ..., "reason": ...}``.
    """

    def __init__(self, method: Method, spec: dict[str, Any], statuses: dict[int, dict[str, Any]]) -> None:
        self.method, self.spec, self.statuses = method, spec, statuses

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that it learned."""
        return self.method.tasks

    def sample(self, task: int = -1, n: int = 64, *, given: Tensor | None = None, seed: int = 0) -> Tensor:
        """Generate images of a task.

        Args:
            task: its index, counted from 1, or -1 for the last one.
            n: number of images, their labels balanced over the task's classes.
            given: of a task that translates, the given images uint8 [N, C, S, S] instead of ``n``.
            seed: of the noise.

        Returns:
            uint8 [N, C, S, S] on the CPU.

        Raises:
            UserError: no such task, it diverged, or the method gives no images of this kind.
        """
        if "images" not in self.method.GIVES:
            raise UserError(f"{self.spec['module']} gives no images; use predict")
        asked = self._task(task)
        if (given is None) != (asked.kind == "label"):
            how = "asked for by a label; leave 'given' out" if asked.kind == "label" else "translated; add given=images"
            raise UserError(f"task {asked.index}: its images are {how}")
        generator = torch.Generator().manual_seed(seed)
        if given is not None:
            z = torch.randn(1, self.method.noise, generator=generator)
            return self.method.sample(asked, given.to(self.method.device), z.to(self.method.device)).cpu()
        labels = torch.tensor(asked.labels).repeat(n)[:n]
        z = torch.randn(n, self.method.noise, generator=generator)
        return self.method.sample(asked, labels.to(self.method.device), z.to(self.method.device)).cpu()

    def predict(self, images: Tensor) -> Tensor:
        """Scores of each class of the stream, float [N, K] on the CPU, for images uint8 [N, C, S, S].

        Raises:
            UserError: the method gives no predictions.
        """
        if "predictions" not in self.method.GIVES:
            raise UserError(f"{self.spec['module']} gives no predictions; use sample")
        return self.method.predict(images.to(self.method.device)).cpu()

    def _task(self, index: int) -> Task:
        known = {task.index: task for task in self.tasks}
        found = self.method.task if index == -1 else known.get(index)
        if found is None:
            raise UserError(
                f"task {index!r}: the model learned tasks {min(known)} to {max(known)}; ask for one of them"
            )
        status = self.statuses[found.index]
        if status["state"] == "diverged":
            raise UserError(f"task {found.index}: diverged ({status['reason']}); ask for another task")
        return found


def load(folder: str | Path, device: str = "cpu", methods: str | Path | None = None) -> Trained:
    """The model after a task.

    Args:
        folder: of its checkpoint, as ``results/demo/digits/gan_memory/seed0/task3``; also one that was copied together
            with what it is built on (``bases/``, and the folders of earlier tasks where each task has a checkpoint).
        device: ``cpu``, ``cuda`` or ``cuda:N``.
        methods: the folder of a method outside the checkout (``method_folders`` in the config).

    Raises:
        UserError: there is no checkpoint, it is not as its job left it, its training diverged, a file that it is built
            on is missing, or its method is.
    """
    if methods and (place := str(Path(methods).expanduser().resolve())) not in packages.__path__:
        packages.__path__.append(place)
    folder = Path(folder).resolve()
    if not (folder / RECORD).is_file():
        inside = [str(path.parent) for path in folder.glob(f"**/{RECORD}")]
        raise UserError(f"{folder}: no {RECORD}, so no trained task{near_miss(str(folder), inside) if inside else ''}")
    record = files.read_json(folder / RECORD)
    spec, wanted = record["spec"], torch.device(device)
    lineage.check(folder / "checkpoint.pt", record["hash"])
    cls = type(create(spec, None, wanted))
    indices: Iterable[int] = [spec["tasks"][-1]["index"]]
    if cls.SEES == "current" and not cls.CHAINED:
        indices = [task["index"] for task in spec["tasks"]]
    checkpoints = {index: folder.with_name(f"task{index}") / "checkpoint.pt" for index in indices}
    base = _base(folder, spec["base"]) if cls.BASE == "frozen" else None
    method, statuses = restore(spec, base, checkpoints, wanted)
    if (status := statuses[method.task.index])["state"] == "diverged":
        raise UserError(f"{folder}: diverged ({status['reason']}); load an earlier task, or change its settings")
    return Trained(method, spec, statuses)


def _base(folder: Path, expected: str) -> Path:
    """The checkpoint of the base GAN with this hash: below ``bases/`` beside the folder of the stream."""
    bases = folder.parents[3] / "bases"
    for path in sorted(bases.glob(f"**/*{lineage.SUFFIX}")):
        if files.read_json(path)["hash"] == expected:
            return path.parent / "checkpoint.pt"
    raise UserError(f"{bases}: no base GAN {expected}, on which {folder} is built; copy it there")
