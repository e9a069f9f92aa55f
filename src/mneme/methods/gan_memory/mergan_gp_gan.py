"""MeRGAN with replay alignment on GP-GAN: the rival in figures 5, 6 and 11 of GAN Memory (section 5.1, appendix A).

All parameters of a GP-GAN are trained from the base and from task to task, as in fine-tuning. From the second task on,
the generator is aligned with the previous generator's images of past tasks, pixel by pixel at equal noise and label
(Wu et al., 2018, section 2.2):

    generator:  + lambda * sum_k 1/2 sum (G(z, k) - G_old(z, k))^2        images in [-1, 1]

The discriminator sees the current task only. The paper gives the base, lambda 1e-3 and Adam. The baseline's network and
training are not public; the released evaluation asks it for label t + 1 after task t, and in classification for class
y + 1 of 37 labels, both counted from 0.

- ``conditional``: one label for each class, which can be asked for, or one for each task, as there. A deviation: a
  label is a bias of its own on the fully connected layer, beside the base's only label embedding, and a logit. As a new
  one starts as the last, the discriminator plays like the base's single logit.

[GAP], chosen here:

- ``squares``: "sum" over batch and pixels, as MeRGAN's code; it grows with the image. "mean" does not.
- ``split_batch``, ``average``: as MeRGAN's scripts for digits.
- The old generator is the averaged one, which is also the one that is evaluated.
"""

import torch
from torch import Tensor

from mneme.method import State, setting
from mneme.methods.base.whole import WholeGan
from mneme.methods.mergan.replays import Replays
from mneme.networks.gp_gan import Generator
from mneme.networks.layout import layout


class MerganGpGan(Replays, WholeGan):
    SEES, CHAINED, BASE = "current", True, "start"
    CONDITIONAL = setting("conditional")

    @property
    def numbers(self) -> list[list[int]]:
        """The labels of the network for every task."""
        return [list(task.labels) if self.CONDITIONAL else [index] for index, task in enumerate(self.tasks)]

    @property
    def labels(self) -> int:
        return max(map(max, self.numbers)) + 1

    @property
    def past(self) -> list[int]:
        return [label for labels in self.numbers[:-1] for label in labels]

    def network_labels(self, y: Tensor) -> Tensor:
        if self.CONDITIONAL:
            return y
        own = [torch.tensor(task.labels, device=y.device) for task in self.tasks]
        return sum(index * torch.isin(y, labels) for index, labels in enumerate(own))

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)
        self.old: Generator | None = None
        if self.past:
            self.old = Generator(**previous["shape"]).to(self.device, memory_format=layout(self.device))
            self.old.requires_grad_(False)
            self.old.load_state_dict(previous["average"])

    def penalty(self) -> Tensor | None:
        if self.old is None:
            return None
        z, y, labels = self.replay()
        squares = (self.generator(z, y) - self.old(z, y)).square() / 2
        distance = squares.sum() if self.settings.squares == "sum" else squares.mean()
        return self.settings.alignment * self.weight(labels) * distance
