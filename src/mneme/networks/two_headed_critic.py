"""A critic with a head for the score and one for classes: what DGM's residual critics have in common."""

import torch
from torch import Tensor, nn


class TwoHeadedCritic(nn.Module):
    """Subclasses add ``features``, images [B, C, S, S] -> [B, D], and the heads ``score`` and ``classes``."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, C, S, S] in [-1, 1] -> scores [B], higher for "real", and class logits [B, labels]."""
        h = self.features(x)
        return self.score(h).squeeze(1), self.classes(h)

    def gradient(self, x: Tensor) -> Tensor:
        """As :meth:`mneme.networks.strided_critic.Critic.gradient`."""
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self(x)[0].sum(), x, create_graph=True)[0]
