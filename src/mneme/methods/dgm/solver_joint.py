"""JT of DGM: the solver alone, on real images of all tasks so far (Ostapenko et al., CVPR 2019, section 4).

"The task solver D is trained in a non-incremental fashion on all real samples without adversarial training being
involved": the discriminator of DGM, from scratch for every number of tasks, by the cross entropy of its class head. The
head of its score stays as it was drawn.

[GAP] No code was released. Optimiser and batch are those of DGM's discriminator.
"""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mneme.data.labels import place
from mneme.data.pixels import to_unit
from mneme.method import State
from mneme.methods.classifiers.classifier import Classifier, Images
from mneme.methods.dgm.optimiser import adam
from mneme.methods.dgm.remembered import scores, solver


class WholeImages:
    """How images uint8 [B, C, S, S] reach the solver: as they are, in [-1, 1]."""

    train = test = staticmethod(to_unit)


class SolverJoint(Classifier):
    SEES, CHAINED, BASE = "all", False, "none"
    PRETRAINED = ""
    SAME = ()
    views = WholeImages()

    def build(self) -> nn.Module:
        return solver(self.settings, self.size, self.channels, len(self.seen), self.device)

    def begin(self, previous: State | None, data: Images) -> None:
        self.network, self.steps = self.build(), 0
        self.optimiser = adam(self.network.parameters(), self.settings.lr_d)

    def logits(self, x: Tensor) -> Tensor:
        return scores(self.network(x)[1], self.seen)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(self.network(x)[1], place(y, self.seen))
