"""Hyper-LifelongGAN (Zhai et al., 2021): shared weights, filter generators of each task, distillation.

Each task gets filter generators, coefficients and instance norms of its own; the weights W that combine base filters
are shared. All of them are trained in every task, those of earlier tasks under distillation, as the paper's index t
says. Settings beside those of :mod:`mneme.methods.hyper.distilled`:

- ``k``: base filters of a layer (table 1). ``coefficients``, ``specific``: without C; filter generators of all tasks
  shared (table 3, rows 3 and 2). Row 1 of that table, shared filters that nothing generates, is LifelongGAN++: its
  numbers are those of table 4, whatever the text says of the row.
- ``frozen_w``: W and the parts of earlier tasks stay what they are from task 2 on (ours, a control). There is nothing
  to distil then, and no forgetting.

[GAP] A new task's generators, coefficients and norms start afresh, not as a copy of those of the task before.
"""

from torch import Tensor

from mneme.data.stream import Task
from mneme.method import State
from mneme.methods.hyper.distilled import Distilled
from mneme.methods.hyper.factorised import Factorised
from mneme.methods.hyper.translation import Translation


class HyperLifelongGan(Distilled, Factorised, Translation):
    SEES, CHAINED, BASE, FIRST = "current", True, "none", "sft_hyper"
    LATER = ("beta", "distillation", "past", "specific", "frozen_w")

    def slot(self, task: Task) -> str:
        return str(task.index)

    @property
    def specific(self) -> bool:
        return self.settings.specific

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)
        if self.settings.frozen_w:
            self.teachers = {}

    def freeze(self) -> None:
        if self.settings.frozen_w:
            for translator in self.translators.values():
                translator.train_last()
