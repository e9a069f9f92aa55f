"""Training all parameters of a GP-GAN: shared by the base GAN, fine-tuning, transfer and joint training.

They differ in their initial weights and in the data they see.
"""

import torch
from torch import Tensor

from mneme.data.dequantise import dequantise
from mneme.data.pixels import to_uint8
from mneme.data.stream import Task
from mneme.losses.logistic import LogisticGame
from mneme.method import Method, State
from mneme.networks.average import Average
from mneme.networks.gp_gan import Discriminator, Generator, discriminator_shape
from mneme.networks.layout import layout


class WholeGan(Method):
    """All parameters of generator and discriminator are trained; samples are of the averaged generator."""

    SIZES = (8, 16, 32, 64, 128, 256)
    PROGRESS = ("generator", "discriminator", "average", "game")
    labels: int | None = None  # number of labels of a conditional generator

    @property
    def noise(self) -> int:
        return self.shape["noise"]

    def build(self, shape: dict[str, int]) -> None:
        """Build freshly initialised networks on the device.

        Args:
            shape: arguments of :class:`mneme.networks.gp_gan.Generator`.
        """
        self.shape = shape
        self.generator = Generator(**shape).to(self.device, memory_format=layout(self.device))
        discriminator = Discriminator(**discriminator_shape(shape))
        self.discriminator = discriminator.to(self.device, memory_format=layout(self.device))

    def start(self, state: State) -> None:
        """Start from the raw (not averaged) networks of a checkpoint; additional labels are copies of its last one.

        [GAP] Neither paper nor code says how labels are added to a base that has a single one. Here all start as the
        source: with a class bias of zero in the generator and the source's logit in the discriminator.
        """
        self.build({**state["shape"], "labels": self.labels})
        generator, discriminator = dict(state["generator"]), dict(state["discriminator"])
        if self.labels:
            fresh = {f"class_bias.{n}": torch.zeros_like(p) for n, p in self.generator.class_bias.named_parameters()}
            generator = {**fresh, **generator}
            generator["class_bias.weight"] = grown(generator["class_bias.weight"].T, self.labels).T
            for name in ("fc.weight", "fc.bias"):
                discriminator[name] = grown(discriminator[name], self.labels)
        self.generator.load_state_dict(generator)
        self.discriminator.load_state_dict(discriminator)

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        assert previous is not None, "the plan gives a method that needs a base GAN one"
        self.start(previous)
        self.create_optimisers()

    def create_optimisers(self) -> None:
        """Create optimisers and the moving average for the current networks."""
        self.average = Average(dict(self.generator.named_parameters()), self.settings.ema)
        self.game = LogisticGame(
            self.generator,
            self.discriminator,
            optimiser=self.settings.optimiser,
            lr=self.settings.lr,
            r1=self.settings.r1,
            fresh_fakes=self.settings.fresh_fakes,
        )

    def network_labels(self, y: Tensor) -> Tensor:
        """Map stream labels int64 [B] to the labels of the networks."""
        return torch.zeros_like(y)

    def penalty(self) -> Tensor | None:
        """Scalar term added to the generator's loss against forgetting, or None."""
        return None

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x = dequantise(batch["x"])
        z = torch.randn(len(x), self.noise, device=self.device)
        losses = self.game.play(x, self.network_labels(batch["y"]), z, self.penalty())
        self.average.update()
        return losses

    def state(self) -> State:
        return {
            **self.snapshot(),
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
        }

    def snapshot(self) -> State:
        return {"shape": self.shape, "average": self.average.values}

    def restore(self, states: dict[int, State]) -> None:
        self.states, self.shape = states, next(iter(states.values()))["shape"]
        self.shown: int | None = None

    @torch.no_grad()
    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        index = task.index if task.index in self.states else self.task.index  # one model a task, or one for all
        if self.shown != index:
            self.generator = Generator(**self.shape).to(self.device, memory_format=layout(self.device))
            self.generator.load_state_dict(self.states[index]["average"])
            self.shown = index
        return to_uint8(self.generator(z.to(self.device), self.network_labels(labels.to(self.device))))


def grown(rows: Tensor, count: int) -> Tensor:
    """Extend ``rows`` [n, ...] to [count, ...] by copies of the last row."""
    return torch.cat([rows, rows[-1:].expand(count - len(rows), *rows.shape[1:])])
