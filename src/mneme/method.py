"""The contract of whatever learns a stream, task after task: a generator of images, a classifier of them, or both.

A method called ``mergan_ra`` is the class ``MerganRa`` of ``mergan_ra.py`` in a family's folder of ``mneme.methods``,
and its settings are declared in ``config/methods/<family>/mergan_ra.yaml``. The workflow reads the constants below from
the class body (as text: planning imports no torch). ``CONDITIONAL``, ``KEEPS`` and ``PRETRAINED`` may have the value
of a setting (:class:`setting`) instead of being the same for all variants.

What it gives, and what it can learn:

===========  ==========================================================================================================
GIVES        ``("images",)``: :meth:`Method.sample`; ``("predictions",)``: :meth:`Method.predict`; or both
TAKES        kinds of tasks (:class:`mneme.data.stream.Task`) that it can learn: of ``label``, ``paired``, ``unpaired``
CONDITIONAL  whether ``sample`` makes images of the requested class, or of any class of the task
SIZES        sizes of images that its networks are made for, in pixels; empty: every multiple of 4; a dict: for each
             word of its setting ``network``
===========  ==========================================================================================================

What a job reads. ``SEES`` speaks of the real training images that a job opens:

=========  =======  =========================================  =================================
SEES       CHAINED  a job trains on                            a model after task t is
=========  =======  =========================================  =================================
current    True     task t, from the checkpoint of task t - 1  checkpoint t
current    False    task t; tasks run in parallel              checkpoints 1..t
all        True     tasks 1..t, from the checkpoint before     checkpoint t
all        False    tasks 1..t                                 checkpoint t
=========  =======  =========================================  =================================

========  ===================================================================================================
BASE      the stream's base GAN
========  ===================================================================================================
none      is not used: the first task starts from random weights
start     is where the first task starts from, or every task if tasks are not chained
frozen    is given to every job, for training and sampling, and never changed; checkpoints hold what is added
========  ===================================================================================================

``REPLAYS``: from task 2 on the method is given the generator of another method after the task before; the other is
named behind a hyphen, as in ``replay-mergan_ra``. ``KEEPS``: the checkpoint holds real samples of past tasks, ``kept``:
a dict of images by class, which are counted in every comparison of costs. ``PRETRAINED`` names a network of
``config/evaluation.yaml`` whose published weights task 1 starts from, where the user asks for them.

``FIRST`` names another method of ``config/methods/``, or None: task 1 of this method is task 1 of that one if all
settings of that one have equal values here. It is then trained once, in the folder of the other, for all methods that
share it: those which differ only in how they treat past tasks. What they need of task 1 (EWC's Fisher information) is
computed from its checkpoint, in ``begin`` of task 2. ``LATER`` names settings without effect on task 1: they may differ
where task 1 is shared, and variants that differ in nothing else share task 1 with the method without a variant.

``SAME`` names settings that must have one value in all tasks of a chain, such as the width of networks that go on.

``PROBES`` names probes of its own that a method offers beside those of every method (``mneme.plan.jobs.measured``).

``PROGRESS`` names the attributes that ``step`` changes, which are saved with a half-trained task: modules, optimisers
and whatever else has ``state_dict`` and ``load_state_dict`` or a ``PROGRESS`` of its own, tensors, numbers, and lists,
tuples and dicts of these. What ``begin`` makes again from the checkpoint before (a frozen teacher, importance weights)
is left out; caches, which ``step`` makes again from what is kept, begin with an underscore.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from mneme.data.stream import Kind, Task
from mneme.errors import UserError
from mneme.settings import Settings
from mneme.state import packed, unpacked

State = dict[str, Any]
Gift = Literal["images", "predictions"]


class setting:  # noqa: N801 (reads as a word in a class body)
    """A constant of the contract with the value of a setting: ``CONDITIONAL = setting("conditional")``.

    Planning reads it as text; at run time it is the value of the instance's setting.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, method: Any, owner: type) -> Any:
        return self if method is None else getattr(method.settings, self.name)


class Method(ABC):
    """A model that is trained on one task after another.

    Args:
        settings: the resolved settings of the method.
        tasks: tasks 1..t; ``begin``, ``step`` and ``end`` train on the last one.
        size, channels: of every image of the stream.
        device: device of the networks.
        base: state of the stream's base GAN if BASE is "frozen", else None.
        replayed: the generator of tasks 1..t-1, ready to sample, if REPLAYS is set and t > 1, else None.

    Attributes:
        pretrained: published weights of the network that PRETRAINED names; None unless task 1 starts from them.
        tests: test images x and y of tasks 1..t by task index, for methods that give predictions alone; else empty.
    """

    GIVES: ClassVar[tuple[Gift, ...]] = ("images",)
    TAKES: ClassVar[tuple[Kind, ...]] = ("label",)
    CONDITIONAL: ClassVar[bool | setting] = False
    SIZES: ClassVar[tuple[int, ...] | dict[str, tuple[int, ...]]] = ()
    SEES: ClassVar[Literal["current", "all"]] = "current"
    CHAINED: ClassVar[bool] = True
    BASE: ClassVar[Literal["none", "start", "frozen"]] = "none"
    REPLAYS: ClassVar[bool] = False
    KEEPS: ClassVar[bool | setting] = False
    PRETRAINED: ClassVar[str | setting] = ""
    FIRST: ClassVar[str | None] = None
    LATER: ClassVar[tuple[str, ...]] = ()
    SAME: ClassVar[tuple[str, ...]] = ()
    PROBES: ClassVar[tuple[str, ...]] = ()
    PROGRESS: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        settings: Settings,
        tasks: Sequence[Task],
        size: int,
        channels: int,
        device: torch.device,
        base: State | None,
        replayed: "Method | None" = None,
    ) -> None:
        self.settings, self.tasks, self.size, self.channels = settings, tuple(tasks), size, channels
        self.device, self.base, self.replayed = device, base, replayed
        self.pretrained: State | None = None
        self.tests: dict[int, dict[str, Tensor]] = {}

    @property
    def task(self) -> Task:
        """The task that is trained: the last one."""
        return self.tasks[-1]

    @property
    def seen(self) -> list[int]:
        """Stream labels of tasks 1..t, in order."""
        return [label for task in self.tasks for label in task.labels]

    @property
    def images_a_step(self) -> int:
        """Number of real images in the batch of one ``step``."""
        return self.settings.batch

    @property
    def noise(self) -> int:
        """Length of z; 0 for a method that makes its images without."""
        return 0

    @property
    def missed(self) -> int | None:
        """Samples so far that show another class than asked for; None of a method that makes what it is asked for."""
        return None

    @abstractmethod
    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        """Prepare training: build, grow, freeze, copy a teacher, create optimisers.

        Args:
            previous: state of the checkpoint to start from, of the previous task, or of the base GAN if BASE is
                "start"; None to start from random weights.
            data: real training images: x uint8 [N, C, S, S], y int64 [N] stream labels; of a translation also the given
                images a uint8, [N, C, S, S] where paired, [M, C, S, S] where not. S may be larger here than in
                batches, which are cut out at random.
        """

    @abstractmethod
    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Update all networks once.

        Random numbers come from torch's global generator, which the loop seeds for every step. A step never waits
        for the device.

        Args:
            batch: x uint8 [B, C, S, S], B being ``images_a_step``, and y int64 [B] stream labels; of a translation
                also the given images a uint8 [B, C, S, S].

        Returns:
            Scalar tensors to log, by name.
        """

    def end(self, data: dict[str, Tensor]) -> None:  # noqa: B027 (most methods consolidate nothing)
        """Consolidate after the last step (Fisher information, masks, low rank); ``data`` as in :meth:`begin`."""

    @abstractmethod
    def state(self) -> State:
        """Contents of the checkpoint: plain tensors, numbers, and the shapes that the networks are rebuilt from."""

    def snapshot(self) -> State:
        """The part of ``state`` that :meth:`restore` needs; it is saved at several steps of a task.

        A method that gives predictions alone may keep ``{"right": {task index: count}}`` instead, of its test images
        (``tests``, task index -> x and y): how many are given their own class.
        """
        return self.state()

    @abstractmethod
    def restore(self, states: dict[int, State]) -> None:
        """Prepare to sample from the model after task t, or to predict with it.

        Args:
            states: checkpoint index -> state: {t: state}, or {1: ..., ..., t: ...} for methods with a checkpoint for
                each task (table above).
        """

    def require(self, task: Task) -> None:
        """Refuse to sample a task that this model has not learned.

        Raises:
            UserError: the task is not one of ``tasks``.
        """
        if task.index not in {known.index for known in self.tasks}:
            raise UserError(
                f"task {task.index}, '{task.name}', was never learned: this is the model after task {self.task.index}; "
                f"ask for tasks 1 to {self.task.index}"
            )

    def sample(self, task: Task, condition: Tensor, z: Tensor) -> Tensor:
        """Generate images of a task; evaluation and replay call nothing else.

        Args:
            task: one of ``tasks``.
            condition: int64 [B], stream label of the requested class of each image; of a task that translates uint8
                [B, C, S, S], the given images.
            z: float [B, noise] ~ N(0, 1); of a task that translates [1, noise], one row for all images.

        Returns:
            uint8 [B, C, S, S].
        """
        raise NotImplementedError(f"{type(self).__name__} gives no images")

    def predict(self, images: Tensor) -> Tensor:
        """Classify images, single head: among all classes of the tasks so far, without a word on their task.

        Args:
            images: uint8 [B, C, S, S].

        Returns:
            float [B, K], a score of each stream label 0..K-1, higher is likelier; minus infinity where the method has
            no output. K is at least the number of classes of ``tasks``.
        """
        raise NotImplementedError(f"{type(self).__name__} gives no predictions")

    @classmethod
    def growth(cls, state: State) -> dict[str, list[dict[str, Any]]]:
        """What each task added to a checkpoint that holds several, as rows by name of their table.

        Empty where every task keeps the same.
        """
        return {}

    def progress(self) -> dict[str, Any]:
        """State of a half-trained task: the attributes in PROGRESS as plain values (:func:`mneme.state.packed`).

        Raises:
            TypeError: an attribute is of a kind that cannot be kept.
        """
        return packed(self, type(self).__name__)

    def resume(self, progress: dict[str, Any]) -> None:
        """Continue from :meth:`progress`, after ``begin``.

        Raises:
            ValueError: other attributes were saved than PROGRESS names, or one has other parts or another shape.
        """
        unpacked(self, progress, type(self).__name__)
