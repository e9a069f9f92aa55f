"""A method of a user's own, for tests: after each step the generator is pulled back towards its start."""

from mneme.methods.base.whole import WholeGan
from mneme.methods.leashes.pull import pulled


class Leash(WholeGan):
    SEES, CHAINED, BASE = "current", True, "start"

    def begin(self, previous, data):
        super().begin(previous, data)
        self.post = [parameter.detach().clone() for parameter in self.generator.parameters()]

    def step(self, batch):
        losses = super().step(batch)
        pulled(list(self.generator.parameters()), self.post, self.settings.pull)
        return losses
