"""Elastic weight consolidation for the classifier (Kirkpatrick et al., PNAS 2017; rival in GAN Memory, appendix F).

    cross entropy + lambda/2 sum_k sum_i F_ki (theta_i - theta_ki)^2,    F_ki = E_x (d log p(y | x) / d theta_i)^2

over earlier tasks k, each with its own optimum theta_k and Fisher information F_k ("offline"); y is the true label,
the network is in evaluation mode, and its last layer is held too (as released). What is kept is the sum of the F_k and
the mean of the theta_k that they weigh: the gradient is the same, and nothing grows with the stream.

lambda means nothing without its convention. ``fisher: sample`` squares the gradient of one image, as the equation
says. "batch" squares that of the mean over ``batch`` images, as the released script, whose F is smaller by about that
factor; here it is multiplied by it, so that one lambda serves both. The paper's 1e4 is about 280 = 1e4 / 36 here, 36
being the released batch; it found 1e9 too strong.

Deviations: the released script takes F of task 2 and later for the outputs of task 1, as it numbers each task's classes
from 0; here labels are the stream's. It takes F on augmented training views; here on test views, which need no random
numbers.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call, grad, vmap

from mneme.method import State
from mneme.methods.classifiers.classifier import Classifier, Images
from mneme.spec import derive_seed

AT_ONCE = 16  # images whose own gradients are held at the same time


class ClassifierEwc(Classifier):
    SEES, CHAINED, BASE = "current", True, "none"

    def begin(self, previous: State | None, data: Images) -> None:
        super().begin(previous, data)
        known = previous or {"fisher": {}, "anchor": {}}
        self.fisher, self.anchor = (
            {name: value.to(self.device) for name, value in known[part].items()} for part in ("fisher", "anchor")
        )

    def penalty(self) -> Tensor | None:
        if not self.fisher:
            return None
        pulls = [
            (self.fisher[name] * (value - self.anchor[name]).square()).sum()
            for name, value in self.network.named_parameters()
        ]
        return self.settings.strength / 2 * torch.stack(pulls).sum()

    def end(self, data: Images) -> None:
        for name, new in self.information(data).items():
            here = self.network.get_parameter(name).detach()
            old, before = self.fisher.get(name, torch.zeros_like(new)), self.anchor.get(name, here)
            total = old + new
            self.fisher[name] = total
            self.anchor[name] = torch.where(total > 0, before + new / total * (here - before), here)

    def information(self, data: Images) -> dict[str, Tensor]:
        """The network's Fisher information of the task just learned, a mean over some of its real images."""
        self.network.eval()
        weights = {name: value.detach() for name, value in self.network.named_parameters()}
        rest = dict(self.network.named_buffers())

        def loss(weights: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
            return F.cross_entropy(functional_call(self.network, {**weights, **rest}, (x,)), y)

        alone = vmap(grad(loss), in_dims=(None, 0, 0))
        sums, squares = {name: torch.zeros_like(value) for name, value in weights.items()}, 0
        generator = torch.Generator().manual_seed(derive_seed(self.seed, "fisher"))
        chosen = torch.randperm(len(data["x"]), generator=generator)[: self.settings.fisher_images]
        for indices in chosen.split(AT_ONCE if self.settings.fisher == "sample" else self.settings.batch):
            indices = indices.to(data["x"].device)
            x, y = self.views.test(data["x"][indices].to(self.device)), data["y"][indices].to(self.device)
            if self.settings.fisher == "sample":
                gradients = alone(weights, x[:, None], y[:, None])  # each a batch of one
            else:
                gradients = {name: value[None] for name, value in grad(loss)(weights, x, y).items()}
            scale = 1 if self.settings.fisher == "sample" else len(indices)
            for name, value in gradients.items():
                sums[name] += scale * value.square().sum(0)
            squares += len(next(iter(gradients.values())))
        return {name: total / squares for name, total in sums.items()}

    def state(self) -> State:
        return {**super().state(), "fisher": self.fisher, "anchor": self.anchor}
