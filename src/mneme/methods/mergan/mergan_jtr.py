"""MeRGAN with joint retraining on replays (JTR; Wu et al., 2018, section 2.1).

Past classes are trained again on images of the previous task's generator. Released code, which is the default here:
terms are added class by class, ``sum_k`` over K past classes, so that past and current weigh K to 1
(``average: true``, as its scenes script, makes it 1 to 1):

    critic:     + mean D(G(z, k)) - mean D(G_old(z, k)) + CE(AC(G_old(z, k)), k)
    generator:  - mean D(G(z, k)) + CE(AC(G(z, k)), k)

with fresh replays in every step, the same z for old and new, and no gradient penalty on replays.

Paper, ``extended: true``: one extended dataset of real images and replays, on which the GAN of joint training learns:
mixed batches, fakes of all classes, the penalty on all. [GAP] All classes are equally frequent in it, and it is drawn
anew in every step.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mneme.methods.mergan.acgan import AcGan
from mneme.methods.mergan.replays import Replays


class MerganJtr(Replays, AcGan):
    SEES, CHAINED, BASE, FIRST = "current", True, "none", "sft"

    @property
    def learned(self) -> tuple[int, ...]:
        return tuple(self.seen) if self.settings.extended else self.task.labels

    def batch_labels(self, label: int) -> Sequence[int]:
        return self.learned if self.settings.extended else (label,)

    def extend(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Replace the share of past classes in a batch by replays; one image stays real in any case.

        Args:
            x: real images float [B, C, S, S] in [-1, 1].
            y: their stream labels int64 [B].
        """
        past = torch.tensor(self.past, device=self.device)
        n = min(len(x) - 1, round(len(x) * len(past) / len(self.learned)))
        labels = past[torch.randint(len(past), (n,), device=self.device)]
        with torch.no_grad():
            replays = self.old(self.z(n), labels)
        return torch.cat([x[n:], replays]), torch.cat([y[n:], labels])

    def generator_objective(self, n: int) -> Tensor:
        loss = super().generator_objective(n)
        if self.old is None or self.settings.extended:
            return loss
        z, y, classes = self.replay()
        scores, logits = self.critic(self.generator(z, y, classes))
        # equally many of each class: K times the mean over all is the sum over classes of their means
        return loss + self.weight(classes) * classes * (cross_entropy(logits, y) - scores.mean())

    def critic_objective(self, x: Tensor, y: Tensor) -> Tensor:
        if self.old is not None and self.settings.extended:
            x, y = self.extend(x, y)
        loss = super().critic_objective(x, y)
        if self.old is None or self.settings.extended:
            return loss
        z, past, classes = self.replay()
        with torch.no_grad():
            new, old = self.generator(z, past, classes), self.old(z, past, classes)
        scores, logits = self.critic(torch.cat([old, new]))
        distance = scores[len(old) :].mean() - scores[: len(old)].mean()
        return loss + self.weight(classes) * classes * (distance + cross_entropy(logits[: len(old)], past))
