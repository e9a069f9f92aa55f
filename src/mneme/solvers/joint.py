"""Real images in place of replays, by the same batch rule: what a perfect memory would give. The upper bound.

[GAP] The paper has no upper bound. Drawn like this it differs from replay in where images of earlier tasks come from,
and in nothing else.
"""

from torch import Tensor

from mneme.method import State
from mneme.solvers.solver import Solver
from mneme.training.loop import draw
from mneme.training.sampler import EpochSampler


class Joint(Solver):
    SEES, REPLAYS = "all", False

    def begin(self, previous: State | None) -> None:
        super().begin(previous)
        self.samplers = {
            index: EpochSampler(len(images["x"]), self.settings.batch, (*self.seed, "past", index))
            for index, images in self.remembered.items()
        }

    def past(self) -> list[tuple[Tensor, Tensor]]:
        parts = []
        for index, images in self.remembered.items():
            batch = draw(images, self.samplers[index].indices(self.steps), self.device)
            parts.append((self.views.train(batch["x"]), batch["y"]))
        return parts
