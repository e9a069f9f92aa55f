"""Joint training (JT): all tasks so far at once, from the base GAN; the upper bound that sees everything.

Class-conditional, so that any task can be asked of it: one bias per class in the generator, one logit per class in the
discriminator, the way GAN Memory conditions this network (section 4.2). [GAP] The GAN Memory paper has no joint
training; it is added here because "no forgetting" needs a reference. The budget is t times that of one task, as in
MeRGAN's released code (10 x for ten tasks).
"""

from torch import Tensor

from mneme.methods.base.whole import WholeGan


class Joint(WholeGan):
    SEES, CHAINED, BASE = "all", False, "start"
    CONDITIONAL = True

    @property
    def labels(self) -> int:
        return max(label for task in self.tasks for label in task.labels) + 1

    def network_labels(self, y: Tensor) -> Tensor:
        return y
