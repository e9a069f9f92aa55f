"""The conditional GAN of MeRGAN without any memory: what its methods and rivals have in common.

One iteration, in the released code's order: a generator step (none in a task's first iteration), then
``critic_steps`` critic steps, each on a batch of its own. Weights go on from task to task; Adam starts anew. Replays
are drawn in every step, one class a batch of the batch norm.

Sampling keeps the published batch norm by current statistics and is still a function of class and noise order alone:
every forward pass holds exactly :data:`TOGETHER` images in equal parts of the classes ``company`` names (one class,
as the released code tests; all classes for joint training, whose training batches are mixed); places that nobody
asked for are filled with fixed noise. So an image depends on those it is drawn with, in groups of that size.

A deviation: pixels are rounded to the nearest of 0 to 255; the released test truncates 128 x + 128.
"""

from collections.abc import Sequence
from types import ModuleType

import torch
from torch import Tensor, nn

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.losses.descend import descend
from mneme.losses.wasserstein import adam, critic_loss, generator_loss, gradient_penalty
from mneme.method import Method, State
from mneme.networks import acgan, residual_acgan

NETWORKS: dict[str, ModuleType] = {"acgan": acgan, "residual": residual_acgan}
TOGETHER = 64  # images normalised together when sampling, the released batch


class AcGan(Method):
    """A class-conditional generator that learns the classes of ``learned`` and is left to forget the others."""

    CONDITIONAL = True
    PROGRESS = ("generator", "critic", "optimisers", "iterations")

    @property
    def noise(self) -> int:
        return self.settings.noise

    @property
    def images_a_step(self) -> int:
        return self.settings.batch * self.settings.critic_steps

    @property
    def learned(self) -> tuple[int, ...]:
        """Labels of the real images: fakes are asked for as often of one as of another."""
        return self.task.labels

    @property
    def classified(self) -> bool:
        """Whether images are classified beside being told real from fake."""
        return True

    @property
    def past(self) -> list[int]:
        """Labels of the tasks before this one."""
        return [label for task in self.tasks[:-1] for label in task.labels]

    @property
    def rows(self) -> int:
        """Classes the networks can tell apart."""
        return self.settings.classes

    def company(self, label: int) -> Sequence[int]:
        """Labels that share the statistics of a batch with ``label`` when it is sampled."""
        return (label,)

    def build(self) -> tuple[nn.Module, nn.Module]:
        """Fresh networks, on the device; a CPU convolves images whose channels come last a tenth faster."""
        highest = max(label for task in self.tasks for label in task.labels)
        if highest >= self.settings.classes:
            raise UserError(
                f"the stream has a class number {highest}, but the networks hold {self.settings.classes} classes; "
                "raise 'classes' in the method's settings"
            )
        module = NETWORKS[self.settings.network]
        shape = {"size": self.size, "channels": self.channels, "width": self.settings.width, "labels": self.rows}
        layout = torch.channels_last if self.device.type == "cpu" else torch.contiguous_format
        generator = module.Generator(**shape, noise=self.settings.noise).to(self.device, memory_format=layout)
        return generator, module.Critic(**shape).to(self.device, memory_format=layout)

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        self.generator, self.critic = self.build()
        self.old: nn.Module | None = None
        if previous is not None:
            self.generator.load_state_dict(previous["generator"])
            self.critic.load_state_dict(previous["critic"])
            self.old = self.build()[0].requires_grad_(False)
            self.old.load_state_dict(previous["generator"])
        players = {"generator": self.generator, "critic": self.critic}
        self.optimisers = {name: adam(player, self.settings.lr) for name, player in players.items()}
        self.iterations = 0

    def asked(self, n: int) -> Tensor:
        """Labels int64 [n] of fakes, uniform over those being learned."""
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

    def require(self, task: Task) -> None:
        """Refuse a task that this model never learned: the class tables hold noise there."""
        if task.index not in {known.index for known in self.tasks}:
            last = self.task.index
            raise UserError(
                f"task {task.index}, '{task.name}', was never learned: this is the model after task {last}; ask for "
                f"tasks 1 to {last}"
            )

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
        """Images of one class, in the company it is normalised in."""
        together = [label, *(other for other in self.company(label) if other != label)]
        room = max(1, TOGETHER // len(together))
        filling = torch.randn(room * len(together), self.noise, generator=torch.Generator().manual_seed(0)).to(z)
        y = torch.tensor(together, device=z.device).repeat_interleave(room)
        made = [self.generator(torch.cat([part, filling[len(part) :]]), y)[: len(part)] for part in z.split(room)]
        return torch.cat(made)
