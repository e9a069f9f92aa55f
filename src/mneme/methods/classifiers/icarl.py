"""iCaRL: classifier and representation from stored exemplars (Rebuffi et al., CVPR 2017, algorithms 1 to 5).

All outputs are sigmoids under a mean binary cross entropy, those of classes to come too, as released. The targets of
past classes are what the network said of the same image before the task (distillation), of all others their label.
Exemplars are chosen by herding. An image is given the class whose exemplars' mean is nearest in feature space, features
and means having length 1 (``predict_by: mean``); ``head`` takes the greatest output instead.

[GAP] iCaRL's number in DGM's Table 1 is of the 784-256-256 perceptron, with nothing said of its training: here it is
trained as its neighbours in the table are, by Adam instead of SGD. For images its released code for CIFAR is followed
(``network: resnet32``, ``optimiser: sgd``, ``pad: 4``, ``mirrored: true``), but that no mean image is subtracted.

``mirrored``: training images, new ones and exemplars, are mirrored at random, and means of exemplars are taken of
mirrored copies too. Where the dataset mirrors new images already (``flip``), doing so twice is the same distribution.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mneme.data.crop import random_crop
from mneme.method import State
from mneme.methods.classifiers.classifier import TOGETHER, Images
from mneme.methods.classifiers.stored import Stored
from mneme.networks.resnet32 import ResNet32

DIVIDED = {0.7: 5, 0.9: 25}  # the rate of SGD, from these shares of a task's steps on: epochs 49 and 63 of 70


class Icarl(Stored):
    SAME = ("network", "width", "hidden", "classes", "augment")

    def build(self) -> nn.Module:
        if self.settings.network == "mlp":
            return super().build()
        return ResNet32(self.channels, self.settings.width, self.settings.classes).to(self.device)

    def begin(self, previous: State | None, data: Images) -> None:
        super().begin(previous, data)
        self.teacher = copy.deepcopy(self.network).eval().requires_grad_(False) if previous else None
        if self.settings.optimiser == "sgd":
            self.optimiser = torch.optim.SGD(self.network.parameters(), self.settings.lr, 0.9, weight_decay=1e-5)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        outputs = self.network(x)
        targets = F.one_hot(y, self.settings.classes).to(outputs.dtype)
        if self.teacher is not None:
            past = [label for task in self.tasks[:-1] for label in task.labels]
            targets[:, past] = torch.sigmoid(self.teacher(x))[:, past]
        return F.binary_cross_entropy_with_logits(outputs, targets)

    def mixture(self, batch: Images) -> tuple[Tensor, Tensor]:
        x, y = super().mixture(batch)
        x = shifted(x, self.settings.pad)
        return mirrored(x) if self.settings.mirrored else x, y

    def step(self, batch: Images) -> dict[str, Tensor]:
        if self.settings.optimiser == "sgd":
            by = max([1, *(by for share, by in DIVIDED.items() if self.steps >= share * self.settings.steps)])
            self.optimiser.param_groups[0]["lr"] = self.settings.lr / by
        return super().step(batch)

    def means(self) -> Tensor:
        """Mean feature of each seen class's exemplars, [len(seen), D], of length 1; inside a task, before they are
        chosen, of all images of a new class."""
        parts = []
        for label in self.seen:
            images = self.kept[label] if label in self.kept else self.data["x"][self.data["y"] == label]
            views = [images, images.flip(3)] if self.settings.mirrored else [images]
            parts.append(F.normalize(self.features(torch.cat(views)), dim=1).mean(0))
        return F.normalize(torch.stack(parts), dim=1)

    @torch.no_grad()
    def predict(self, images: Tensor) -> Tensor:
        if self.settings.predict_by == "head":
            return super().predict(images)
        means, scores = self.means(), []
        for x in images.split(TOGETHER):
            near = torch.full((len(x), self.settings.classes), -torch.inf, device=self.device)
            near[:, self.seen] = -torch.cdist(F.normalize(self.features(x), dim=1), means)
            scores.append(near)
        return torch.cat(scores)


def shifted(x: Tensor, pad: int) -> Tensor:
    """Images [B, C, S, S] cut out at random of those with ``pad`` pixels of black around them; random numbers come from
    torch's global generator."""
    if not pad:
        return x
    return random_crop([F.pad(x, (pad, pad, pad, pad))], x.shape[-1])[0]


def mirrored(x: Tensor) -> Tensor:
    """Images [B, C, S, S], each mirrored with probability 1/2; random numbers come from torch's global generator."""
    flip = torch.rand(len(x), device=x.device) < 0.5
    return torch.where(flip[:, None, None, None], x.flip(3), x)
