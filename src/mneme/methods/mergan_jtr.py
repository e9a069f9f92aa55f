"""MeRGAN with joint retraining on replays (JTR; Wu et al., 2018, section 2.1).

Past classes are learned again from what the generator of the last task makes of them. Paper: one extended dataset of
real and replayed images. Released code, which is the default here: terms added class by class, ``sum_k`` over K past
classes, so that past and current weigh K to 1 (``average: true``, as its scenes script, makes it 1 to 1):

    critic:     + mean D(G(z, k)) - mean D(G_old(z, k)) + CE(AC(G_old(z, k)), k)
    generator:  - mean D(G(z, k)) + CE(AC(G(z, k)), k)

with fresh replays in every step, the same z for old and new, and no gradient penalty on replays.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mneme.methods.acgan import AcGan
from mneme.methods.replays import Replays


class MerganJtr(Replays, AcGan):
    SEES, CHAINED, BASE = "current", True, "none"

    def generator_objective(self, n: int) -> Tensor:
        loss = super().generator_objective(n)
        if self.old is None:
            return loss
        z, y, classes = self.replay()
        scores, logits = self.critic(self.generator(z, y, classes))
        # equally many of each class: K times the mean over all is the sum over classes of their means
        return loss + self.weight(classes) * classes * (cross_entropy(logits, y) - scores.mean())

    def critic_objective(self, x: Tensor, y: Tensor) -> Tensor:
        loss = super().critic_objective(x, y)
        if self.old is None:
            return loss
        z, past, classes = self.replay()
        with torch.no_grad():
            new, old = self.generator(z, past, classes), self.old(z, past, classes)
        scores, logits = self.critic(torch.cat([old, new]))
        distance = scores[len(old) :].mean() - scores[: len(old)].mean()
        return loss + self.weight(classes) * classes * (distance + cross_entropy(logits[: len(old)], past))
