"""A classifier that learns a stream's tasks one after another (GAN Memory, section 5.2, appendix F).

Class-incremental: one head over the classes of all tasks, and never a word on which task an image is of. The network
goes on from task to task; Adam starts anew, a deviation: the released script makes it once, so that its moments go on
too.

Batch rule of appendix F: n real images of task t and n of each of the t - 1 tasks before it, if the method has any of
them, under one mean cross entropy.
"""

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mneme.losses.descend import descend
from mneme.method import Method, State, setting
from mneme.methods.classifiers.views import Views
from mneme.networks.resnet18 import ResNet18
from mneme.networks.strided import Logits, StridedClassifier

TOGETHER = 250  # images in one forward pass
Images = dict[str, Tensor]
"""x uint8 [N, C, S, S], y int64 [N] stream labels."""


class Classifier(Method):
    """Learns each task from its own images alone, and does nothing against forgetting.

    A step is ``loss(*mixture(batch)) + penalty()``; loss and predictions are of :meth:`logits`.
    """

    GIVES = ("predictions",)
    PRETRAINED = setting("network")
    SAME: ClassVar[tuple[str, ...]] = ("network", "width", "features", "classes", "augment")
    PROGRESS = ("network", "optimiser", "steps")

    @property
    def views(self) -> Views:
        return Views(self.size, self.settings.augment)

    def build(self) -> nn.Module:
        """A fresh network; all outputs are there from the start, those of classes yet to come too (as released)."""
        if self.settings.network == "small":
            shape = {"width": self.settings.width, "features": self.settings.features}
            network = Logits(StridedClassifier(self.views.shown, self.channels, **shape, classes=self.settings.classes))
        else:
            network = ResNet18(self.size, self.settings.classes)
        return network.to(self.device)

    def begin(self, previous: State | None, data: Images) -> None:
        self.seed = int(torch.randint(2**62, (1,), device="cpu"))
        self.network, self.steps = self.build(), 0
        if previous is not None:
            self.network.load_state_dict(previous["network"])
        elif self.pretrained is not None:
            self.network.load_published(self.pretrained)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=self.settings.lr, fused=True)

    def mixture(self, batch: Images) -> tuple[Tensor, Tensor]:
        """Images of a step, as the network sees them, [N, C, s, s], and their stream labels int64 [N]: those of the
        batch, and whatever is rehearsed with them."""
        return self.views.train(batch["x"]), batch["y"]

    def logits(self, x: Tensor) -> Tensor:
        """Scores float [N, K] of stream labels 0..K-1 for images as the network sees them."""
        return self.network(x)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Loss, a scalar, of a mixture."""
        return F.cross_entropy(self.logits(x), y)

    def penalty(self) -> Tensor | None:
        """Scalar term added to the loss against forgetting, or None."""
        return None

    def step(self, batch: Images) -> dict[str, Tensor]:
        x, y = self.mixture(batch)
        self.network.train()
        loss, penalty = self.loss(x, y), self.penalty()
        descend(self.optimiser, loss if penalty is None else loss + penalty)
        self.steps += 1
        return {"loss": loss.detach()} if penalty is None else {"loss": loss.detach(), "penalty": penalty.detach()}

    def snapshot(self) -> State:
        """Counts, for networks of every step would take more room than all else."""
        right = {}
        for index, test in self.tests.items():
            right[index] = int((self.predict(test["x"]).argmax(1).cpu() == test["y"].cpu()).sum())
        return {"right": right}

    def state(self) -> State:
        return {"network": self.network.state_dict()}

    def restore(self, states: dict[int, State]) -> None:
        self.network = self.build()
        self.network.load_state_dict(states[self.task.index]["network"])

    @torch.no_grad()
    def predict(self, images: Tensor) -> Tensor:
        self.network.eval()
        return torch.cat([self.logits(self.views.test(x.to(self.device))) for x in images.split(TOGETHER)])
