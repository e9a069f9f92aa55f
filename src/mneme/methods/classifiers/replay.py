"""Generative replay: earlier tasks are rehearsed on a generator's samples (Shin et al., 2017; appendix F).

In every step n samples of each earlier task are drawn anew. A conditional generator is asked for the class, so the
label of a replay is the label that was asked for. As released, the same noise and the same classes within the task
serve all earlier tasks of a step; here a class is a number in [0, 1), so that tasks may differ in their classes.

A generator that draws until it has the class may fail to (:attr:`mneme.method.Method.missed`). Its replays
then have a label that they do not show, and their share is among the losses, ``undrawn``.
"""

import torch
from torch import Tensor

from mneme.data.stream import Task
from mneme.methods.classifiers.classifier import Classifier, Images
from mneme.spec import derive_seed

BLOCK = 16  # steps whose replays are drawn at once: a generator that holds one task at a time changes tasks seldom
TOGETHER = 250  # images in one call of the generator


class Replay(Classifier):
    SEES, CHAINED, BASE, REPLAYS, FIRST = "current", True, "none", True, "classifier_finetune"

    _block: int | None = None  # the block of steps that is drawn
    _missed: float | None = None  # share of its replays that show another class, where the generator counts them

    def mixture(self, batch: Images) -> tuple[Tensor, Tensor]:
        parts = [super().mixture(batch), *self.past()]
        x, y = (torch.cat(part) for part in zip(*parts, strict=True))
        return x, y

    def past(self) -> list[tuple[Tensor, Tensor]]:
        """Of each earlier task n replays, as the network sees them, and their stream labels."""
        block, place = divmod(self.steps, BLOCK)
        if block != self._block:
            before = self.replayed.missed if self.replayed else None
            self._block, self._drawn = block, [self.replays(block, task) for task in self.tasks[:-1]]
            if before is not None:
                self._missed = (self.replayed.missed - before) / sum(len(y) for _, y in self._drawn)
        n = self.settings.batch
        mine = slice(place * n, (place + 1) * n)
        return [(self.views.replay(x[mine]), y[mine]) for x, y in self._drawn]

    def step(self, batch: Images) -> dict[str, Tensor]:
        losses = super().step(batch)
        return losses if self._missed is None else {**losses, "undrawn": torch.tensor(self._missed)}

    def replays(self, block: int, task: Task) -> tuple[Tensor, Tensor]:
        """A block's replays of a task: uint8 [BLOCK * n, C, S, S] and stream labels [BLOCK * n].

        A block is whole wherever a resumed job comes in: samples may depend on those they are drawn with.
        """
        noise, places = zip(*map(self.asked, range(block * BLOCK, (block + 1) * BLOCK)), strict=True)
        z, where = torch.cat(noise), (torch.cat(places) * len(task.labels)).long()
        y = torch.tensor(task.labels)[where]
        batches = zip(y.split(TOGETHER), z.split(TOGETHER), strict=True)
        made = [self.replayed.sample(task, labels.to(self.device), e.to(self.device)) for labels, e in batches]
        return torch.cat(made), y.to(self.device)

    def asked(self, step: int) -> tuple[Tensor, Tensor]:
        """Of a step: noise [n, noise], and where in a task's list of classes each image is, uniform in [0, 1)."""
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "replay", step))
        n = self.settings.batch
        return torch.randn(n, self.replayed.noise, generator=generator), torch.rand(n, generator=generator)
