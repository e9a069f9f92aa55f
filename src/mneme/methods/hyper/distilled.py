"""Knowledge distillation from the translator of the tasks before (Zhai et al., 2021, section 3.2), mixed into a
translation.

    loss = task loss + beta * sum_(i < t) mean |G_(t-1, i)(x, z) - G_(t, i)(x, z)|          (equations 7, 9 and 10)

z is that of the task loss and the same for old and new. The sum is zero, and so is its gradient, in a task's first
step. Settings:

- ``distillation``: what x is. "swap": the targets of the current task, so that it is not the input of the task loss
  (equation 10); "unswap": its given images; "noise": [GAP] uniform in [-1, 1].
- ``past``: "all" tasks before in every step, or "one" of them at random, its term times their number (ours: cheaper).

[GAP] The norm is a mean over pixels and channels, as in pix2pix, whose weight of 100 beta shares; a sum would hold the
translator where it is. In a task without pairs the translator back is distilled likewise, swapped the other way round.
The teacher is a copy of all there was, for what the tasks share is trained further: "restoring previous model" takes
more than the 0.19 M numbers of a task that the paper speaks of.
"""

import torch
from torch import Tensor
from torch.nn.functional import l1_loss

from mneme.method import State
from mneme.networks.resnet_translator import ResnetTranslator


class Distilled:
    """Mixed into a :class:`mneme.methods.hyper.translation.Translation` with a slot for each task."""

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)  # type: ignore[misc]
        self.teachers: dict[str, ResnetTranslator] = {}
        for way in self.translators if previous and self.settings.beta else ():
            if way in previous:
                teacher = self.build(way, self.tasks[:-1]).requires_grad_(False)
                teacher.load_state_dict(previous[way])
                self.teachers[way] = teacher

    def recalled(self, slots: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
        """The slots to distil in a step, and the weight of each."""
        if self.settings.past == "all":
            return slots, 1
        return (slots[int(torch.randint(len(slots), ()))],), len(slots)

    def penalty(self, a: Tensor, b: Tensor, z: Tensor) -> Tensor | None:
        terms = []
        for way, teacher in self.teachers.items():
            given, target = (a, b) if way == "forward" else (b, a)
            x = {"swap": target, "unswap": given}.get(self.settings.distillation)
            x = torch.rand_like(a) * 2 - 1 if x is None else x
            slots, weight = self.recalled(teacher.slots)
            for slot in slots:
                with torch.no_grad():
                    old = teacher.formed(slot, z)(x)
                terms.append(weight * l1_loss(self.translators[way].formed(slot, z)(x), old))
        return self.settings.beta * torch.stack(terms).sum() if terms else None
