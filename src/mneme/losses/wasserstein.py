"""WGAN-GP with an auxiliary classifier (AC), the losses of MeRGAN.

Gulrajani et al. (2017), equation 3, and Odena et al. (2017), equation 3, as combined in MeRGAN's released code:
the critic is trained to classify real images only, the generator to make fakes that are classified as their label.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """``mean (||grad_x D(x)|| - 1)^2`` at random points between pairs of images, the norm per image: the penalty of
    Gulrajani et al. (2017), equation 3, a scalar without its coefficient.

    Args:
        critic: a network with ``gradient(x)``.
        real, fake: float [B, C, S, S] in [-1, 1].
    """
    weight = torch.rand(len(real), 1, 1, 1, device=real.device)
    gradient = critic.gradient(torch.lerp(real, fake, weight))
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def critic_loss(critic: nn.Module, real: Tensor, y: Tensor | None, fake: Tensor) -> Tensor:
    """``mean D(fake) - mean D(real) + CE(AC(real), y)``, a scalar, without the gradient penalty.

    Args:
        critic: maps images to scores [B] and class logits [B, labels].
        real, fake: float [B, C, S, S] in [-1, 1].
        y: labels int64 [B] of the real images; None for no classification loss.
    """
    scores, logits = critic(torch.cat([real, fake]))
    loss = scores[len(real) :].mean() - scores[: len(real)].mean()
    return loss if y is None else loss + cross_entropy(logits[: len(real)], y)


def generator_loss(critic: nn.Module, fake: Tensor, y: Tensor | None) -> Tensor:
    """``-mean D(fake) + CE(AC(fake), y)``, a scalar; arguments as :func:`critic_loss`, ``y`` the labels of fakes."""
    scores, logits = critic(fake)
    return -scores.mean() if y is None else cross_entropy(logits, y) - scores.mean()


def adam(player: nn.Module, lr: float) -> torch.optim.Adam:
    """Adam for a generator or critic as in MeRGAN's released code (betas 0 and 0.9), created anew for every task."""
    return torch.optim.Adam(player.parameters(), lr=lr, betas=(0.0, 0.9), eps=1e-8, fused=True)
