"""Weights of a network are held where past tasks left them, by their importance: what EWC, PI and RWalk with stored
samples have in common (Chaudhry et al., ECCV 2018; released code of A-GEM).

    cross entropy + lambda sum_i w_i (theta_i - theta*_i)^2

without the factor 1/2; theta* are the weights after the task before. Importance w is learned along the way, from every
step's gradient of the cross entropy, without the penalty in it.
"""

import torch
from torch import Tensor

from mneme.losses.descend import laid_out
from mneme.method import State
from mneme.methods.classifiers.classifier import Images
from mneme.methods.classifiers.stored import Stored

Weights = dict[str, Tensor]
"""A number for each of the network's weights, by parameter."""


def normalised(weights: Weights) -> Weights:
    """The least of all numbers becomes 0, the greatest 1, over the whole network."""
    low = torch.stack([part.min() for part in weights.values()]).min()
    high = torch.stack([part.max() for part in weights.values()]).max()
    return {name: (part - low) / (high - low).clamp(min=torch.finfo(part.dtype).tiny) for name, part in weights.items()}


class Penalised(Stored):
    """What a method tracks inside a task is in ``track``, what it knows of past tasks in ``known``."""

    LATER = ("mix", "strength")
    PROGRESS = ("network", "optimiser", "steps", "track")

    def weights(self) -> Weights:
        return {name: value.detach() for name, value in self.network.named_parameters()}

    def zeros(self) -> Weights:
        return {name: torch.zeros_like(value) for name, value in self.weights().items()}

    def begin(self, previous: State | None, data: Images) -> None:
        super().begin(previous, data)
        self.anchor = {name: value.clone() for name, value in self.weights().items()}
        known = (previous or {"known": {}})["known"]
        self.known = {
            part: {name: value.to(self.device) for name, value in values.items()} for part, values in known.items()
        }
        self.held = self.importance() if self.known else None
        self.track = self.tracked()

    def tracked(self) -> dict[str, Weights]:
        """What is tracked, at the start of a task."""
        raise NotImplementedError

    def follow(self, gradient: Weights, before: Weights) -> None:
        """After a step: the gradient of the cross entropy that it took, and the weights before it."""
        raise NotImplementedError

    def learned(self) -> dict[str, Weights]:
        """``known`` once the task is learned."""
        raise NotImplementedError

    def importance(self) -> Weights:
        """w of the penalty, from ``known``."""
        raise NotImplementedError

    def penalty(self) -> Tensor | None:
        if self.held is None:
            return None
        total = torch.zeros((), device=self.device)
        for name, value in self.network.named_parameters():
            pull = (self.held[name] * (value - self.anchor[name]).square()).sum()
            total = total + self.settings.strength * pull
        return total

    def step(self, batch: Images) -> dict[str, Tensor]:
        x, y = self.mixture(batch)
        self.network.train()
        loss, penalty = self.loss(x, y), self.penalty()
        named = dict(self.network.named_parameters())
        gradient = dict(zip(named, torch.autograd.grad(loss, named.values()), strict=True))
        pulls = [None] * len(named) if penalty is None else torch.autograd.grad(penalty, named.values())
        before = {name: value.clone() for name, value in self.weights().items()}
        for (name, value), pull in zip(named.items(), pulls, strict=True):
            value.grad = laid_out(gradient[name] if pull is None else gradient[name] + pull, value)
        self.optimiser.step()
        self.steps += 1
        self.follow(gradient, before)
        return {"loss": loss.detach(), "penalty": torch.zeros_like(loss) if penalty is None else penalty.detach()}

    def end(self, data: Images) -> None:
        self.known = self.learned()
        super().end(data)

    def state(self) -> State:
        return {**super().state(), "known": self.known}
