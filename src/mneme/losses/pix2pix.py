"""pix2pix (Isola et al., 2017): translation learned from pairs.

The discriminator sees the given image beside the target; losses are those of section 3.1, in the order and with the
halved discriminator loss of the released code. It has no noise but dropout, which ResNet-6 is without.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from mneme.losses.decaying_adam import DecayingAdam
from mneme.losses.logistic import discriminator_loss, generator_loss


class Pix2pix:
    """Trains a translator from ``a`` to ``b``: in every round one discriminator step, then one generator step.

    Args:
        discriminator: maps two images to scores of patches; trained in place, and the method's to keep or drop.
        generator, critic: optimisers of the translator and of the discriminator.
        l1: weight of the L1 distance, lambda (100 in the paper).
    """

    PROGRESS = ("discriminator", "generator", "critic")

    def __init__(self, discriminator: nn.Module, generator: DecayingAdam, critic: DecayingAdam, *, l1: float) -> None:
        self.discriminator, self.generator, self.critic, self.l1 = discriminator, generator, critic, l1

    def play(
        self, a: Tensor, b: Tensor, forward: Callable[[Tensor], Tensor], penalty: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Train both networks for one round.

        Args:
            a, b: given images and their targets, [B, C, S, S] in [-1, 1].
            forward: the translator.
            penalty: a scalar to add to the generator's loss.

        Returns:
            Scalar tensors ``loss_g`` (adversarial), ``loss_d`` and ``l1`` (without its weight).
        """
        fake = forward(a)
        scores = self.discriminator(torch.cat([a, a]), torch.cat([b, fake.detach()]))  # exact: no batch norm
        loss_d = discriminator_loss(*scores.chunk(2)) / 2
        self.critic.descend(loss_d)

        loss_g, distance = generator_loss(self.discriminator(a, fake)), l1_loss(fake, b)
        loss = loss_g + self.l1 * distance
        self.generator.descend(loss if penalty is None else loss + penalty)
        return {"loss_g": loss_g.detach(), "loss_d": loss_d.detach(), "l1": distance.detach()}
