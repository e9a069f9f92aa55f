"""Classifiers that store real samples of past classes: what the "-S" rivals of DGM's Table 1 have in common (Chaudhry
et al., ECCV 2018, section 5; Ostapenko et al., CVPR 2019).

One head over the classes seen so far. At the end of a task some of its images are chosen for the store: ``per_class``
of each class, or ``memory`` of all classes together, K over the number of classes rounded up, as iCaRL does.

[GAP] No code of the table's runs was released. ``mix`` is how stored samples meet new ones: ``balanced``, as many in
every step as new ones; ``union``, as images of the task's set among all others. With the second, or with images chosen
by being nearest to their mean instead of by herding, a prototype missed the table by 40 points.
"""

from typing import ClassVar

import torch
from torch import Tensor, nn

from mneme.data.selection import CHOICES
from mneme.method import State
from mneme.methods.classifiers.classifier import TOGETHER, Classifier, Images
from mneme.networks.mlp import Mlp


class Stored(Classifier):
    """Cross entropy on new and stored images; the penalties of its kind are for others to add."""

    SEES, CHAINED, BASE = "current", True, "none"
    KEEPS = True
    PRETRAINED = ""
    SAME = ("hidden", "classes", "augment")
    LATER: ClassVar[tuple[str, ...]] = ("mix",)

    @property
    def seen(self) -> list[int]:
        """Stream labels of tasks 1..t, sorted."""
        return sorted(super().seen)

    def build(self) -> nn.Module:
        inputs = self.channels * self.views.shown**2
        return Mlp(inputs, self.settings.hidden, self.settings.classes).to(self.device)

    def begin(self, previous: State | None, data: Images) -> None:
        super().begin(previous, data)
        self.data = data
        self.kept = {int(label): x for label, x in (previous or {"kept": {}})["kept"].items()}

    def count(self) -> int:
        """Samples that are kept of each class after this task."""
        return self.settings.per_class or -(-self.settings.memory // len(self.seen))

    def mixture(self, batch: Images) -> tuple[Tensor, Tensor]:
        x, y = batch["x"], batch["y"]
        if not self.kept:
            return self.views.train(x), y
        stored = torch.cat(list(self.kept.values()))
        labels = torch.tensor([label for label, images in self.kept.items() for _ in images])
        drawn = torch.randint(len(stored), (len(x),))
        past, of = stored[drawn.to(stored.device)].to(x.device), labels[drawn].to(y.device)
        if self.settings.mix == "balanced":
            x, y = torch.cat([x, past]), torch.cat([y, of])
        else:
            old = (torch.rand(len(x)) < len(stored) / (len(stored) + len(self.data["x"]))).to(x.device)
            x, y = torch.where(old[:, None, None, None], past, x), torch.where(old, of, y)
        return self.views.train(x), y

    def logits(self, x: Tensor) -> Tensor:
        """Outputs of the head, float [N, classes], minus infinity for classes not seen."""
        hidden = torch.ones(self.settings.classes, dtype=torch.bool, device=x.device)
        hidden[self.seen] = False
        return self.network(x).masked_fill(hidden, -torch.inf)

    def end(self, data: Images) -> None:
        """Drop what K has no room for, choose samples of the new classes."""
        count, choose = self.count(), CHOICES[self.settings.selection]
        self.kept = {label: images[:count].clone() for label, images in self.kept.items()}
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            for label in self.task.labels:
                images = data["x"][data["y"] == label]
                self.kept[label] = images[choose(self.features(images), count).to(images.device)].clone()

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """What the head sees of images uint8 [N, C, S, S]: float [N, D]."""
        self.network.eval()
        return torch.cat([self.network.features(self.views.test(x.to(self.device))) for x in images.split(TOGETHER)])

    def state(self) -> State:
        return {**super().state(), "kept": {str(label): images for label, images in self.kept.items()}}

    def restore(self, states: dict[int, State]) -> None:
        super().restore(states)
        self.kept = {int(label): images for label, images in states[self.task.index]["kept"].items()}
