"""iCaRL: classifier and representation from stored exemplars (Rebuffi et al., CVPR 2017, algorithms 1 to 5).

All outputs are sigmoids under a mean binary cross entropy, those of classes to come too, as released. The targets of
past classes are what the network said of the same image before the task (distillation), of all others their label.
Exemplars are chosen by herding. An image is given the class whose exemplars' mean is nearest in feature space, features
and means having length 1 (``predict_by: mean``); ``head`` takes the greatest output instead.

[GAP] iCaRL's number in DGM's Table 1 is of the 784-256-256 perceptron, with nothing said of its training: here it is
trained as its neighbours in the table are, by Adam instead of SGD.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme.method import State
from mneme.methods.classifiers.classifier import TOGETHER, Images
from mneme.methods.classifiers.stored import Stored


class Icarl(Stored):
    def begin(self, previous: State | None, data: Images) -> None:
        super().begin(previous, data)
        self.teacher = copy.deepcopy(self.network).eval().requires_grad_(False) if previous else None

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        outputs = self.network(x)
        targets = F.one_hot(y, self.settings.classes).to(outputs.dtype)
        if self.teacher is not None:
            past = [label for task in self.tasks[:-1] for label in task.labels]
            targets[:, past] = torch.sigmoid(self.teacher(x))[:, past]
        return F.binary_cross_entropy_with_logits(outputs, targets)

    def step(self, batch: Images) -> dict[str, Tensor]:
        self.network.train()
        loss = self.loss(*self.mixture(batch))
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        self.steps += 1
        return {"loss": loss.detach()}

    def means(self) -> Tensor:
        """Mean feature of each seen class's exemplars, [len(seen), D], of length 1; inside a task, before they are
        chosen, of all images of a new class."""
        parts = []
        for label in self.seen:
            images = self.kept[label] if label in self.kept else self.data["x"][self.data["y"] == label]
            parts.append(F.normalize(self.features(images), dim=1).mean(0))
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
