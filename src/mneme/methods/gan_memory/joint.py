"""Joint training (JT) on the data of all tasks so far, from the base GAN.

Class-conditional, so that images of any task can be sampled: one bias per class in the generator, one logit per class
in the discriminator, the way GAN Memory conditions this network (section 4.2). [GAP] The GAN Memory paper has no joint
training; it is added here as a reference for "no forgetting". The budget is t times that of one task, as in
MeRGAN's released code (10 x for ten tasks).
"""

from torch import Tensor

from mneme.methods.base.whole import WholeGan


class Joint(WholeGan):
    SEES, CHAINED, BASE = "all", False, "start"
    CONDITIONAL = True

    @property
    def labels(self) -> int:
        return max(self.seen) + 1

    def network_labels(self, y: Tensor) -> Tensor:
        return y
