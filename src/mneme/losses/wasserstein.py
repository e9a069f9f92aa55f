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


class Optimisers:
    """Adam of both players (betas 0, 0.9), fresh for every task, and the number of iterations played."""

    def __init__(self, generator: nn.Module, critic: nn.Module, lr: float) -> None:
        self.iterations = 0
        adam = {"lr": lr, "betas": (0.0, 0.9), "eps": 1e-8, "fused": True}
        self.generator = torch.optim.Adam(generator.parameters(), **adam)
        self.critic = torch.optim.Adam(critic.parameters(), **adam)

    def state_dict(self) -> dict:
        players = {"generator": self.generator.state_dict(), "critic": self.critic.state_dict()}
        return {"iterations": self.iterations, **players}

    def load_state_dict(self, state: dict) -> None:
        self.iterations = state["iterations"]
        self.generator.load_state_dict(state["generator"])
        self.critic.load_state_dict(state["critic"])
