"""The conditional GAN of MeRGAN (Wu et al., 2018, section 3.1) without any memory: the base of its methods and rivals.

One iteration, in the released code's order: a generator step (none in a task's first iteration), then
``critic_steps`` critic steps, each on a batch of its own. Weights go on from task to task; Adam starts anew. Replays
are drawn in every step, one class a batch of the batch norm.

Batch norm uses the statistics of the current batch when sampling too, as published, so an image depends on the batch
it is sampled in. To make samples a function of class and noise alone, every forward pass holds exactly
:data:`TOGETHER` images, in equal parts of the classes in :meth:`AcGan.batch_labels`: one class, as the released code
tests, or all classes for joint training, whose training batches are mixed. A batch that is not full is padded with
images of fixed noise.

A deviation: pixels are rounded to the nearest of 0 to 255; the released test truncates 128 x + 128.
"""

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

import torch
from torch import Tensor, nn

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.stream import Task
from mneme.losses.descend import descend
from mneme.losses.wasserstein import adam, critic_loss, generator_loss, gradient_penalty
from mneme.method import Method, State
from mneme.networks import acgan, residual_acgan
from mneme.networks.layout import layout

NETWORKS: dict[str, ModuleType] = {"acgan": acgan, "residual": residual_acgan}
TOGETHER = 64  # batch size when sampling, as released


class AcGan(Method):
    """A class-conditional GAN that is trained on the classes of ``learned`` and does nothing against forgetting."""

    CONDITIONAL = True
    SIZES: ClassVar = {"acgan": (8, 16, 32, 64), "residual": (64,)}
    SAME: ClassVar[tuple[str, ...]] = ("network", "width", "noise", "classes")
    PROGRESS = ("generator", "critic", "optimisers", "iterations")

    @property
    def noise(self) -> int:
        return self.settings.noise

    @property
    def images_a_step(self) -> int:
        return self.settings.batch * self.settings.critic_steps

    @property
    def learned(self) -> tuple[int, ...]:
        """Labels of the classes that are trained; the labels of fakes are uniform over them."""
        return self.task.labels

    @property
    def classified(self) -> bool:
        """Whether the losses include the auxiliary classifier's cross entropy."""
        return True

    @property
    def past(self) -> list[int]:
        """Labels of the tasks before this one."""
        return [label for task in self.tasks[:-1] for label in task.labels]

    @property
    def rows(self) -> int:
        """Number of classes that the networks have parameters for."""
        return self.settings.classes

    def batch_labels(self, label: int) -> Sequence[int]:
        """Composition of a batch when ``label`` is sampled: the labels in it, which share its batch norm statistics."""
        return (label,)

    def build(self) -> tuple[nn.Module, nn.Module]:
        """Freshly initialised generator and critic on the device, on a CPU in channels-last layout (10 % faster)."""
        module = NETWORKS[self.settings.network]
        shape = {"size": self.size, "channels": self.channels, "width": self.settings.width, "labels": self.rows}
        generator, critic = module.Generator(**shape, noise=self.settings.noise), module.Critic(**shape)
        return tuple(one.to(self.device, memory_format=layout(self.device)) for one in (generator, critic))

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        self.generator, self.critic = self.build()
        self.old: nn.Module | None = None
        if previous is not None:
            self.generator.load_state_dict(previous["generator"])
            self.critic.load_state_dict(previous["critic"])
            self.old = self.build()[0].requires_grad_(False)
            self.old.load_state_dict(previous["generator"])
        self.optimisers = {name: adam(getattr(self, name), self.settings.lr) for name in ("generator", "critic")}
        self.iterations = 0

    def asked(self, n: int) -> Tensor:
        """Labels int64 [n] of fakes, uniform over ``learned``."""
        return torch.tensor(self.learned, device=self.device)[
            torch.randint(len(self.learned), (n,), device=self.device)
        ]

    def z(self, n: int) -> Tensor:
        """Noise float [n, noise] ~ N(0, 1)."""
        return torch.randn(n, self.noise, device=self.device)

    def generator_objective(self, n: int) -> Tensor:
        """Loss, a scalar, of one generator step on n fakes."""
        y = self.asked(n)
        return generator_loss(self.critic, self.generator(self.z(n), y), y if self.classified else None)

    def critic_objective(self, x: Tensor, y: Tensor) -> Tensor:
        """Loss, a scalar, of one critic step, with its gradient penalty.

        Args:
            x: real images float [B, C, S, S] in [-1, 1].
            y: their stream labels int64 [B].
        """
        with torch.no_grad():
            fake = self.generator(self.z(len(x)), self.asked(len(x)))
        penalty = gradient_penalty(self.critic, x, fake)
        loss = critic_loss(self.critic, x, y if self.classified else None, fake)
        return loss + self.settings.penalty * penalty

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        losses: dict[str, Tensor] = {}
        if self.iterations:
            loss = self.generator_objective(self.settings.batch)
            descend(self.optimisers["generator"], loss)
            losses["loss_g"] = loss.detach()
        for x, y in zip(batch["x"].split(self.settings.batch), batch["y"].split(self.settings.batch), strict=True):
            loss = self.critic_objective(to_unit(x), y)
            descend(self.optimisers["critic"], loss)
        self.iterations += 1
        return {**losses, "loss_d": loss.detach()}

    def state(self) -> State:
        return {**self.snapshot(), "critic": self.critic.state_dict()}

    def snapshot(self) -> State:
        return {"generator": self.generator.state_dict()}

    def restore(self, states: dict[int, State]) -> None:
        self.generator, self.critic = self.build()
        self.generator.load_state_dict(states[self.task.index]["generator"])

    @torch.no_grad()
    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        self.require(task)
        labels, z = labels.to(self.device), z.to(self.device)
        images = torch.empty(len(z), self.channels, self.size, self.size, dtype=torch.uint8, device=self.device)
        for label in labels.unique().tolist():
            mine = labels == label
            images[mine] = to_uint8(self.of_class(label, z[mine]))
        return images

    def of_class(self, label: int, z: Tensor) -> Tensor:
        """Images float [B, C, S, S] in [-1, 1] of one class from ``z`` [B, noise], in batches of ``batch_labels``."""
        labels = [label, *(other for other in self.batch_labels(label) if other != label)]
        each = max(1, TOGETHER // len(labels))
        padding = torch.randn(each * len(labels), self.noise, generator=torch.Generator().manual_seed(0)).to(z)
        y = torch.tensor(labels, device=z.device).repeat_interleave(each)
        made = [self.generator(torch.cat([part, padding[len(part) :]]), y)[: len(part)] for part in z.split(each)]
        return torch.cat(made)
