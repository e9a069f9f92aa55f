"""Tasks and streams: what is learned, in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, overload

Kind = Literal["label", "paired", "unpaired"]
"""What an image of a task is asked for by: a label, or a given image (:class:`Task`)."""


@dataclass(frozen=True)
class Task:
    """One step of a stream.

    Attributes:
        index: 1, 2, ... along the stream; 0 is the source a base GAN is trained on.
        name: for tables and figures.
        dataset: name of the dataset its images come from.
        classes: indices of its classes in the dataset.
        labels: the stream's label of each of these classes, in the same order.
        flip: mirror images at random while training.
        kind: ``label``: an image is asked for by its label. ``paired`` and ``unpaired``: images are translated; each
            given image has a target of its own, or givens and targets are two sets of their own lengths.
        given: name of the dataset that the given images come from; ``""`` where the kind is ``label``. The given images
            of a paired task lie beside the targets in its own dataset.
        hold_out: False: test images are trained on too, and all real images are what samples are compared with.
    """

    index: int
    name: str
    dataset: str
    classes: tuple[int, ...]
    labels: tuple[int, ...]
    flip: bool = False
    kind: Kind = "label"
    given: str = ""
    hold_out: bool = True

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "Task":
        """The task that :meth:`to_dict` or :meth:`unnamed` wrote."""
        return cls(**{"name": "", **fields, "classes": tuple(fields["classes"]), "labels": tuple(fields["labels"])})

    def to_dict(self) -> dict[str, Any]:
        """As JSON; ``hold_out`` only where it is False."""
        fields = {**vars(self), "classes": list(self.classes), "labels": list(self.labels)}
        return {key: value for key, value in fields.items() if key != "hold_out" or not value}

    def unnamed(self) -> dict[str, Any]:
        """All that training depends on: the name is for people."""
        return {key: value for key, value in self.to_dict().items() if key != "name"}


@dataclass(frozen=True)
class Stream(Sequence[Task]):
    """An ordered sequence of tasks over images of one size; ``stream[0]`` is task 1, ``stream[:t]`` the first t.

    Training images are prepared at ``load_size``, where it is given, and cut to ``size`` at random.
    """

    name: str
    size: int
    channels: int
    tasks: tuple[Task, ...]
    source: Task | None = None
    load_size: int | None = None

    def __len__(self) -> int:
        return len(self.tasks)

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> "Stream": ...
    def __getitem__(self, index: int | slice) -> "Task | Stream":
        if isinstance(index, slice):
            return replace(self, tasks=self.tasks[index])
        return self.tasks[index]
