"""Elastic weight consolidation for conditional GANs (Seff et al., 2017; "EWC" in MeRGAN's table 1).

A quadratic penalty keeps the generator's weights near those after the previous task, weighted by Fisher information:

    generator:  + lambda/2 sum_i F_i (theta_i - theta*_i)^2,    F_i = E_z (d log D(G(z, c)) / d theta_i)^2

The critic is fine-tuned without penalty. F is computed sample by sample on generated images of a task's classes after
the task (when the next one begins, so that task 1 is SFT's), and summed over tasks; theta* is the latest. [GAP] No code
was released, and a Wasserstein critic has no log D: ``log_d: score`` takes the critic's score in its place,
``sigmoid`` the log of its sigmoid.

lambda depends on conventions. ``half: true`` is the equation above; false drops the factor 1/2, so that lambda there is
half of lambda here. F is a mean over samples (not a sum), of squared gradients of one sample (not of a
batch's mean); a batch still shares its batch norm, whose statistics are part of each sample's gradient.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from mneme.method import State
from mneme.methods.mergan.acgan import AcGan


class Ewc(AcGan):
    SEES, CHAINED, BASE, FIRST = "current", True, "none", "sft"

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)
        self.fisher: dict[str, Tensor] = {}
        if previous is not None:
            self.fisher = self.information()
            for name, value in previous.get("fisher", {}).items():  # none in task 1, which is fine-tuning's
                self.fisher[name] += value.to(self.device)
        self.anchor = {name: value.detach().clone() for name, value in self.generator.named_parameters()}

    def generator_objective(self, n: int) -> Tensor:
        loss = super().generator_objective(n)
        if not self.fisher:
            return loss
        pulls = [
            (self.fisher[name] * (value - self.anchor[name]).square()).sum()
            for name, value in self.generator.named_parameters()
        ]
        return loss + self.settings.strength * (0.5 if self.settings.half else 1.0) * torch.stack(pulls).sum()

    def information(self) -> dict[str, Tensor]:
        """Diagonal Fisher information of the generator on the previous task, a mean over classes and samples.

        Returns:
            Parameter name -> tensor of the parameter's shape.
        """
        parameters = dict(self.generator.named_parameters())
        sums = {name: torch.zeros_like(value) for name, value in parameters.items()}
        drawn = 0
        for label in self.tasks[-2].labels:
            for _ in range(-(-self.settings.fisher_samples // self.settings.batch)):
                n = self.settings.batch
                scores, _ = self.critic(self.generator(self.z(n), torch.full((n,), label, device=self.device)))
                logs = logsigmoid(scores) if self.settings.log_d == "sigmoid" else scores
                for log in logs:
                    gradients = torch.autograd.grad(log, list(parameters.values()), retain_graph=True)
                    for total, gradient in zip(sums.values(), gradients, strict=True):
                        total += gradient.square()
                drawn += n
        return {name: total / drawn for name, total in sums.items()}

    def state(self) -> State:
        return {**super().state(), "fisher": self.fisher}
