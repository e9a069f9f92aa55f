"""WGAN-GP with an auxiliary classifier: the losses MeRGAN is built of.

Gulrajani et al. (2017), equation 3, and Odena et al. (2017), as combined in MeRGAN's released code: the critic
classifies real images only, the generator is told how its fakes are classified.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def gradient_penalty(critic: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
    """``mean (||grad_x D(x)|| - 1)^2`` at random points between pairs of images [B, C, S, S], the norm per image."""
    weight = torch.rand(len(real), 1, 1, 1, device=real.device)
    gradient = critic.gradient(torch.lerp(real, fake, weight))
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()


def critic_loss(critic: nn.Module, real: Tensor, y: Tensor | None, fake: Tensor) -> Tensor:
    """``mean D(fake) - mean D(real) + CE(AC(real), y)``; no classes where ``y`` is None."""
    scores, logits = critic(torch.cat([real, fake]))
    loss = scores[len(real) :].mean() - scores[: len(real)].mean()
    return loss if y is None else loss + cross_entropy(logits[: len(real)], y)


def generator_loss(critic: nn.Module, fake: Tensor, y: Tensor | None) -> Tensor:
    """``-mean D(fake) + CE(AC(fake), y)``; no classes where ``y`` is None."""
    scores, logits = critic(fake)
    return -scores.mean() if y is None else cross_entropy(logits, y) - scores.mean()


def adam(player: nn.Module, lr: float) -> torch.optim.Adam:
    """Adam of a generator or critic as in MeRGAN's released code: betas 0 and 0.9; it starts anew in every task."""
    return torch.optim.Adam(player.parameters(), lr=lr, betas=(0.0, 0.9), eps=1e-8, fused=True)
