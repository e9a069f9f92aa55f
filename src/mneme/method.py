"""What every method is: the whole contract between a method, the training loop and the workflow.

A method called ``mergan_ra`` is the class ``MerganRa`` of ``mergan_ra.py`` in a family's folder of ``mneme.methods``,
and its settings are declared in ``config/methods/<family>/mergan_ra.yaml``. The workflow reads the constants ``SEES``,
``CHAINED``, ``BASE`` and ``FIRST`` from the class body (as text: planning imports no torch), and they alone decide a
job's inputs:

=========  =======  =========================================  =================================
SEES       CHAINED  a job learns                               a model after task t is
=========  =======  =========================================  =================================
current    True     task t, from the checkpoint of task t - 1  checkpoint t
current    False    task t; tasks run in parallel              checkpoints 1..t
all        False    tasks 1..t                                 checkpoint t
=========  =======  =========================================  =================================

=========  ===================================================================================================
BASE       the stream's base GAN
=========  ===================================================================================================
none       is not used: the first task starts from nothing
start      is what the first task starts from, every task where tasks are not chained
frozen     is given to every job, in training and in sampling, and never changed; checkpoints hold what is added
=========  ===================================================================================================

``CONDITIONAL`` says whether ``sample`` makes the class it is asked for, rather than any class of the task; it may be a
setting's value (:class:`setting`).

``PROGRESS`` names the attributes that ``step`` changes, which are saved with a half-trained task: modules, optimisers
and whatever else has ``state_dict`` and ``load_state_dict`` or a ``PROGRESS`` of its own, tensors, numbers, and lists,
tuples and dicts of these. What ``begin`` makes again from the checkpoint before (a frozen teacher, importance weights)
is left out.

``FIRST`` names another method of ``config/methods/``, or None: task 1 of this method is task 1 of that one wherever all
settings which that one has are equal. The plan then trains it once, for all who begin so, in that one's folder. It
is for methods that differ in what they do about tasks before; what task 1 leaves for later (EWC's Fisher
information) is taken from its checkpoint, in ``begin`` of task 2.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from mneme.data.stream import Task
from mneme.settings import Settings
from mneme.state import packed, unpacked

State = dict[str, Any]


class setting:  # noqa: N801 (reads as a word in a class body)
    """A constant of the contract that a setting decides: ``CONDITIONAL = setting("conditional")``.

    Planning reads it as text; at run time it is the value of the instance's setting.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, method: Any, owner: type) -> Any:
        return self if method is None else getattr(method.settings, self.name)


class Method(ABC):
    """How a model learns the next task.

    Args:
        settings: the resolved settings of the method.
        tasks: tasks 1..t; the last one is learned by ``begin``, ``step`` and ``end``.
        size, channels: of every image of the stream.
        device: where the networks live.
        base: state of the stream's base GAN, where BASE is "frozen", else None.
    """

    SEES: ClassVar[Literal["current", "all"]] = "current"
    CHAINED: ClassVar[bool] = True
    BASE: ClassVar[Literal["none", "start", "frozen"]] = "none"
    CONDITIONAL: ClassVar[bool | setting] = False
    FIRST: ClassVar[str | None] = None
    PROGRESS: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        settings: Settings,
        tasks: Sequence[Task],
        size: int,
        channels: int,
        device: torch.device,
        base: State | None,
    ) -> None:
        self.settings, self.tasks, self.size, self.channels = settings, tuple(tasks), size, channels
        self.device, self.base = device, base

    @property
    def task(self) -> Task:
        """The task being learned."""
        return self.tasks[-1]

    @property
    def images_a_step(self) -> int:
        """Real images that one ``step`` takes."""
        return self.settings.batch

    @property
    @abstractmethod
    def noise(self) -> int:
        """Length of z."""

    @abstractmethod
    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        """Prepare to learn the task: build, grow, freeze, clone a teacher, make fresh optimisers.

        Args:
            previous: state of the checkpoint this job starts from: the last task's, or the base GAN's where BASE is
                "start"; None where it starts from nothing.
            data: the task's real data, uint8.
        """

    @abstractmethod
    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """One full round of all players on a batch {"x": uint8 [B, C, S, S], "y": int64 [B] stream labels}.

        Returns scalar tensors to log. Never waits for the device. Random numbers come from torch's global generator,
        which the loop seeds anew for every step.
        """

    def end(self, data: dict[str, Tensor]) -> None:  # noqa: B027 (most methods consolidate nothing)
        """Consolidate after the last step (Fisher, masks, singular values, bank)."""

    @abstractmethod
    def state(self) -> State:
        """What the checkpoint keeps: plain tensors, numbers and a shape record that rebuilds the networks."""

    def snapshot(self) -> State:
        """The part of ``state`` that sampling needs, kept at several steps of a task."""
        return self.state()

    @abstractmethod
    def restore(self, states: dict[int, State]) -> None:
        """Prepare to sample from the model after task t.

        Args:
            states: checkpoint index -> state: {t: state}, or {1: ..., t: ...} for unchained methods that see
                one task (table above).
        """

    @abstractmethod
    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        """Images of a learned task; all that evaluation and replay may call.

        Args:
            task: one of ``tasks``.
            labels: int64 [B], the stream's label of the class wanted of each image.
            z: float [B, noise] ~ N(0, 1).

        Returns:
            uint8 [B, C, S, S].
        """

    def progress(self) -> dict[str, Any]:
        """Everything a half-trained task consists of: the attributes that PROGRESS names (:func:`mneme.state.packed`).

        Raises:
            TypeError: an attribute is of a kind that cannot be kept.
        """
        return packed(self, type(self).__name__)

    def resume(self, progress: dict[str, Any]) -> None:
        """Go on from :meth:`progress`, after ``begin``.

        Raises:
            ValueError: other attributes were saved than PROGRESS names, or one has other parts or another shape.
        """
        unpacked(self, progress, type(self).__name__)
