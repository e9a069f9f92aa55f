"""The logistic GAN loss with R1 penalty, as in GP-GAN and GAN Memory.

Losses are those of Goodfellow et al. (2014): equation 1, and for the generator the non-saturating alternative of its
section 3. R1 is equation 9 of Mescheder et al. (2018).
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from mneme.losses.descend import descend


def generator_loss(fake: Tensor) -> Tensor:
    """``-mean log sigmoid(D(G(z)))``, a scalar, from logits [B] of fakes (Goodfellow et al., 2014, section 3)."""
    return softplus(-fake).mean()


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """``-mean log sigmoid(D(x)) - mean log(1 - sigmoid(D(G(z))))``, a scalar, from logits [B] of reals and of fakes
    (Goodfellow et al., 2014, equation 1)."""
    return softplus(-real).mean() + softplus(fake).mean()


def r1(gradient: Tensor) -> Tensor:
    """``mean ||grad_x D(x)||^2`` (Mescheder et al., 2018, equation 9), a scalar, without the factor gamma / 2: the
    released coefficient 10 is gamma = 20 in the paper.

    Args:
        gradient: of each image's logit by the image, [B, C, S, S].
    """
    return gradient.square().flatten(1).sum(1).mean()


class LogisticGame:
    """Trains generator and discriminator: in every round one generator step, then one discriminator step.

    Args:
        generator, discriminator: networks with ``formed()``; parameters that require a gradient are trained. The
            discriminator gives the gradients of its logits where it is asked with ``gradient=True``.
        optimiser: ``adam`` (betas 0, 0.99: GAN Memory) or ``rmsprop`` (alpha 0.99: GP-GAN).
        lr: learning rate of both.
        r1: coefficient of the R1 penalty, on every discriminator step.
        fresh_fakes: draw new fakes for the discriminator step (GP-GAN). Otherwise it uses the fakes of the generator
            step, made before the generator was updated (GAN Memory's released code).
        r1_every: rounds from one penalty to the next, starting with the first; the coefficient is not rescaled.
    """

    PROGRESS = ("rounds", "generator_optimiser", "discriminator_optimiser")  # the networks are the method's to keep

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        optimiser: str,
        lr: float,
        r1: float,
        fresh_fakes: bool,
        r1_every: int = 1,
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.r1, self.fresh_fakes, self.r1_every = r1, fresh_fakes, r1_every
        self.rounds = 0  # completed
        self.generator_optimiser = make_optimiser(optimiser, trainable(generator), lr)
        self.discriminator_optimiser = make_optimiser(optimiser, trainable(discriminator), lr)

    def play(self, x: Tensor, y: Tensor, z: Tensor, penalty: Tensor | None = None) -> dict[str, Tensor]:
        """Train both networks for one round.

        Args:
            x: real images [B, C, S, S] in [-1, 1] (dequantised, so slightly above 1 is possible).
            y: labels int64 [B] of the networks, of real images and of fakes.
            z: noise [B, noise].
            penalty: a scalar to add to the generator's loss.

        Returns:
            Scalar tensors ``loss_g``, ``loss_d`` (without R1) and ``r1`` (without its coefficient).
        """
        G, D = self.generator.formed(), self.discriminator.formed()

        fake = G(z, y)
        scores = D(fake, y)
        loss_g = generator_loss(scores)
        # D is not changed in between, so unless they are drawn anew its scores of the fakes serve both losses.
        descend(self.generator_optimiser, loss_g if penalty is None else loss_g + penalty, again=not self.fresh_fakes)

        if self.fresh_fakes:
            with torch.no_grad():
                fake = self.generator.formed()(torch.randn_like(z), y)
            scores = D(fake, y)
        if self.rounds % self.r1_every == 0:
            real, gradient = D(x, y, gradient=True)
            squares = r1(gradient)
        else:
            real = D(x, y)
            squares = real.new_zeros(())
        loss_d = discriminator_loss(real, scores)
        descend(self.discriminator_optimiser, loss_d + self.r1 * squares)
        self.rounds += 1
        return {"loss_g": loss_g.detach(), "loss_d": loss_d.detach(), "r1": squares.detach()}


def trainable(network: nn.Module) -> list[nn.Parameter]:
    """Parameters of a network that require a gradient."""
    return [parameter for parameter in network.parameters() if parameter.requires_grad]


def make_optimiser(name: str, parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """``adam`` (GAN Memory) or ``rmsprop`` (GP-GAN) with the constants of the released code."""
    if name == "adam":
        return torch.optim.Adam(parameters, lr=lr, betas=(0.0, 0.99), eps=1e-8, fused=True)
    return torch.optim.RMSprop(parameters, lr=lr, alpha=0.99, eps=1e-8)
