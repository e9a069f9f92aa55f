"""MeRGAN with replay alignment (RA; Wu et al., 2018, section 2.2).

The images of past classes by the new generator are aligned with those by the old one, pixel by pixel at equal noise and
class:

    generator:  + lambda * sum_k 1/2 sum (G(z, k) - G_old(z, k))^2        images in [-1, 1]

the inner sum over batch and pixels, as released (a mean would be thousands of times weaker), ``sum_k`` divided by K
where ``average`` is set (digits; not scenes). The critic sees the current task only. The paper says that there is no
classification task (``classify: false``, from task 2 on: task 1 is the same for all its methods); the released code
keeps the classifier, trivial where a task has one class.
"""

from torch import Tensor

from mneme.methods.mergan.acgan import AcGan
from mneme.methods.mergan.replays import Replays


class MerganRa(Replays, AcGan):
    SEES, CHAINED, BASE, FIRST = "current", True, "none", "sft"

    @property
    def classified(self) -> bool:
        return self.settings.classify or self.old is None

    def generator_objective(self, n: int) -> Tensor:
        loss = super().generator_objective(n)
        if self.old is None:
            return loss
        z, y, classes = self.replay()
        distance = (self.generator(z, y, classes) - self.old(z, y, classes)).square().sum() / 2
        return loss + self.settings.alignment * self.weight(classes) * distance
