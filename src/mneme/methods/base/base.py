"""The base GAN: GP-GAN trained from scratch on a stream's source (Mescheder et al., 2018).

It is no continual method but the starting point of others; its stream has a single task, the source. The released code
updates the discriminator first and the generator second; here the generator is updated first, as in every other
method, which is the same alternation shifted by half a round.
"""

from torch import Tensor

from mneme.method import State
from mneme.methods.base.whole import WholeGan


class Base(WholeGan):
    SEES, CHAINED, BASE = "current", True, "none"

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        shape = {"size": self.size, "channels": self.channels, "labels": self.labels}
        self.build({**shape, "width": self.settings.width, "noise": self.settings.noise})
        self.create_optimisers()
