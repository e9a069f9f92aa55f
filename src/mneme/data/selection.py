"""Which real samples of a class are kept, best first, so that keeping fewer later means dropping from the end."""

import torch
from torch import Tensor
from torch.nn.functional import normalize


def herded(features: Tensor, count: int) -> Tensor:
    """Herding: at every pick the mean of the chosen comes as near to the mean of all as it can (Rebuffi et al., CVPR
    2017, algorithm 4).

    With features of length 1, as here, this is the released code's running vector ``w <- w + mu - phi(x)``, which
    picks the largest ``w phi(x)``. No sample is picked twice; the released code lets that happen, and then keeps fewer.

    Args:
        features: float [N, D] of one class; they are normalised.
        count: at most N.

    Returns:
        Indices int64 [count].
    """
    phi = normalize(features.double(), dim=1)
    mean = phi.mean(0)
    running, left = mean.clone(), torch.ones(len(phi), dtype=torch.bool, device=phi.device)
    chosen = []
    for _ in range(min(count, len(phi))):
        best = (phi @ running).masked_fill(~left, -torch.inf).argmax()
        left[best] = False
        running += mean - phi[best]
        chosen.append(best)
    return torch.stack(chosen) if chosen else torch.empty(0, dtype=torch.int64, device=features.device)


def nearest(features: Tensor, count: int) -> Tensor:
    """The samples whose own features are nearest to the mean ("mean of features" of Chaudhry et al., ECCV 2018);
    arguments as :func:`herded`."""
    phi = normalize(features.double(), dim=1)
    return (phi - phi.mean(0)).norm(dim=1).argsort(stable=True)[:count]


def uniform(features: Tensor, count: int) -> Tensor:
    """Samples chosen at random, from torch's global generator; arguments as :func:`herded`."""
    return torch.randperm(len(features))[:count].to(features.device)


CHOICES = {"herding": herded, "nearest": nearest, "random": uniform}
