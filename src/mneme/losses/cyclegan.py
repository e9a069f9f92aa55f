"""CycleGAN (Zhu et al., 2017): translation learned from two sets of images without pairs.

Least squares for the negative log likelihood (section 4), the cycle loss of equation 2, the identity loss of section
5.2 with half its weight, the discriminators' losses halved, and a pool of 50 earlier fakes, as released.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from mneme.losses.decaying_adam import DecayingAdam


def least_squares(scores: Tensor, real: bool) -> Tensor:
    """``mean (D - 1)^2``, or ``mean D^2`` where fakes should be known (Mao et al., 2017), a scalar."""
    return (scores - 1 if real else scores).square().mean()


class ImagePool:
    """Up to ``size`` earlier fakes, which discriminators are reminded of (Shrivastava et al., 2017, section 2.3).

    What is decided comes from torch's global generator of the CPU, so that nothing waits for a device.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.images: list[Tensor] = []

    def exchange(self, images: Tensor) -> Tensor:
        """[B, C, S, S] of the same shape as ``images``: one by one the image itself, which is kept while there is room;
        then with probability 1/2 a kept one, whose place the image takes."""
        given = []
        for image in images.detach():
            if len(self.images) < self.size:
                self.images.append(image.clone())
            elif self.size and torch.rand(()) < 0.5:
                place = int(torch.randint(self.size, ()))
                self.images[place], image = image.clone(), self.images[place].to(images)
            given.append(image)
        return torch.stack(given)

    def state_dict(self) -> dict[str, Any]:
        return {"images": [image.clone() for image in self.images]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.images = [image.clone() for image in state["images"]]


class CycleGan:
    """Trains translators from A to B and back: in every round one step of both, then one of both discriminators.

    Args:
        discriminators: ``a`` and ``b``, of each set; trained in place.
        generator, critic: optimisers of both translators, and of both discriminators.
        cycle: weight of the cycle loss (10 in the paper).
        identity: weight of the identity loss, as a share of it (0.5; 0 leaves it out).
        pool: number of earlier fakes of each set (50; 0 for none).
    """

    PROGRESS = ("discriminators", "generator", "critic", "pools")

    def __init__(
        self, discriminators: dict[str, nn.Module], generator: DecayingAdam, critic: DecayingAdam, *, cycle: float,
        identity: float, pool: int,
    ) -> None:  # fmt: skip
        self.discriminators, self.generator, self.critic = discriminators, generator, critic
        self.cycle, self.identity = cycle, identity
        self.pools = {"a": ImagePool(pool), "b": ImagePool(pool)}

    def play(
        self, a: Tensor, b: Tensor, forward: Callable[[Tensor], Tensor], backward: Callable[[Tensor], Tensor],
        penalty: Tensor | None = None,
    ) -> dict[str, Tensor]:  # fmt: skip
        """Train all four networks for one round.

        Args:
            a, b: images of both sets, [B, C, S, S] in [-1, 1].
            forward, backward: the translators, from A to B and from B to A.
            penalty: a scalar to add to the translators' loss.

        Returns:
            Scalar tensors ``loss_g`` (adversarial, both), ``loss_d`` (both), ``cycle`` and ``identity`` (without
            weights).
        """
        with_identity = self.identity > 0
        made_b, made_a = (  # instance norm: images of one pass do not know of each other
            (forward(torch.cat([a, b])), backward(torch.cat([b, a]))) if with_identity else (forward(a), backward(b))
        )
        fake_b, fake_a = made_b[: len(a)], made_a[: len(b)]
        cycle = l1_loss(backward(fake_b), a) + l1_loss(forward(fake_a), b)
        loss_g = sum(least_squares(self.discriminators[s](fake), True) for s, fake in (("a", fake_a), ("b", fake_b)))
        loss, identity = loss_g + self.cycle * cycle, torch.zeros_like(cycle)
        if with_identity:
            identity = l1_loss(made_b[len(a) :], b) + l1_loss(made_a[len(b) :], a)
            loss = loss + self.cycle * self.identity * identity
        self.generator.descend(loss if penalty is None else loss + penalty)

        loss_d = torch.zeros_like(cycle)
        for side, real, fake in (("a", a, fake_a), ("b", b, fake_b)):
            pooled = self.pools[side].exchange(fake)
            scores = self.discriminators[side](torch.cat([real, pooled]))
            loss_d = loss_d + (least_squares(scores[: len(real)], True) + least_squares(scores[len(real) :], False)) / 2
        self.critic.descend(loss_d)
        named = {"loss_g": loss_g, "loss_d": loss_d, "cycle": cycle, "identity": identity}
        return {name: value.detach() for name, value in named.items()}
