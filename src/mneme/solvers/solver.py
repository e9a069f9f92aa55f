"""A solver: one classifier that learns a stream's tasks one after another (GAN Memory, section 5.2, appendix F).

Class-incremental: one head over the classes of all tasks, and never a word on which task an image is of. The network
goes on from task to task; Adam starts anew, a deviation: the released script makes it once, so that its moments go on
too. A solver called ``replay`` is the class ``Replay`` of the module
``mneme.solvers.replay``, its settings are declared in ``config/solvers/replay.yaml``, and two constants, read as text
while planning, give a job its inputs:

========  ==========================================================================================
SEES      "current": it trains on real images of task t only; "all": of tasks 1..t
REPLAYS   whether it is given a generator that remembers tasks 1..t-1; ``replay-<method>`` says whose
========  ==========================================================================================

Batch rule of appendix F: n real images of task t and n of each of the t - 1 tasks before it, if the solver has any of
them, under one mean cross entropy.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme.data.stream import Task
from mneme.method import Method, State
from mneme.settings import Settings
from mneme.solvers import network
from mneme.solvers.views import Views

TOGETHER = 250  # test images in one forward pass
Images = dict[str, Tensor]
"""x uint8 [N, C, S, S], y int64 [N] stream labels, flip bool [N] where they are trained on."""


class Solver:
    """What the training loop calls, and what it may call of its own.

    Args:
        settings: the resolved settings of the solver.
        tasks: tasks 1..t; the last one is learned.
        size, channels: of every image of the stream.
        seed: words that name the job; they do not name the solver, so that all draw the same real batches.
        tests: test images of tasks 1..t, by task index.
        past: what it remembers earlier tasks by: their real training images by task index where SEES is "all", the
            generator (:class:`mneme.method.Method`) where REPLAYS, else None.
    """

    SEES: ClassVar[Literal["current", "all"]] = "current"
    REPLAYS: ClassVar[bool] = False
    PROGRESS: ClassVar[tuple[str, ...]] = ("network", "optimiser", "steps")

    def __init__(
        self,
        settings: Settings,
        tasks: Sequence[Task],
        size: int,
        channels: int,
        device: torch.device,
        seed: tuple[object, ...],
        tests: dict[int, Images],
        past: Any,
    ) -> None:
        self.settings, self.tasks, self.device, self.seed = settings, tuple(tasks), device, seed
        self.tests, self.remembered = tests, past
        self.views = Views(size, settings.augment)
        self.network = network.build(settings, size, channels).to(device)
        self.steps = 0

    def begin(self, previous: State | None) -> None:
        """Start from the state after the task before, None for the first."""
        if previous is not None:
            self.network.load_state_dict(previous["network"])
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=self.settings.lr)

    def past(self) -> list[tuple[Tensor, Tensor]]:
        """Of each earlier task n images, as the network sees them, and their stream labels; none here."""
        return []

    def penalty(self) -> Tensor | None:
        """What is added to the cross entropy against forgetting; nothing here."""
        return None

    def step(self, batch: Images) -> dict[str, Tensor]:
        """One step on n real images of the task."""
        parts = [(self.views.train(batch["x"]), batch["y"]), *self.past()]
        x, y = (torch.cat(part) for part in zip(*parts, strict=True))
        self.network.train()
        loss = F.cross_entropy(self.network(x), y)
        penalty = self.penalty()
        self.optimiser.zero_grad(set_to_none=True)
        (loss if penalty is None else loss + penalty).backward()
        self.optimiser.step()
        self.steps += 1
        return {"loss": loss.detach()} if penalty is None else {"loss": loss.detach(), "penalty": penalty.detach()}

    def end(self, data: Images) -> None:
        """Consolidate after the last step."""

    @torch.no_grad()
    def snapshot(self) -> dict[int, int]:
        """Task index -> how many of its test images are given their own class, among all classes of the stream."""
        self.network.eval()
        right = {}
        for index, test in self.tests.items():
            batches = zip(test["x"].split(TOGETHER), test["y"].split(TOGETHER), strict=True)
            found = [(self.network(self.views.test(x.to(self.device))).argmax(1).cpu() == y.cpu()) for x, y in batches]
            right[index] = int(torch.cat(found).sum())
        return right

    def state(self) -> State:
        """What the checkpoint keeps."""
        return {"network": self.network.state_dict()}

    progress, resume = Method.progress, Method.resume  # of what PROGRESS names
