"""Training a whole GP-GAN: what the base GAN, fine-tuning and joint training have in common.

They differ in where they start and in what they see; those are the few lines of their own modules.
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


class WholeGan(Method):
    """All parameters of generator and discriminator train; the averaged generator is what is sampled."""

    PROGRESS = ("generator", "discriminator", "average", "game")
    labels: int | None = None  # classes a conditional generator tells apart

    @property
    def noise(self) -> int:
        return self.shape["noise"]

    def build(self, shape: dict[str, int]) -> None:
        """Fresh networks of a shape, on the device."""
        self.shape = shape
        self.generator = Generator(**shape).to(self.device)
        self.discriminator = Discriminator(**discriminator_shape(shape)).to(self.device)

    def start(self, state: State) -> None:
        """Copy the raw (not averaged) networks of a checkpoint; labels beyond the checkpoint's start as its last one.

        [GAP] Nobody says how this network takes labels from a base that has one. Here they all start as the source: no
        bias of their own in the generator, the source's logit in the discriminator.
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
        self.compete()

    def compete(self) -> None:
        """Fresh optimisers and a fresh average for the networks as they are."""
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
        """Stream labels -> the generator's own numbering."""
        return torch.zeros_like(y)

    def reminder(self) -> Tensor | None:
        """What is added to the generator's loss against forgetting; nothing here."""
        return None

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x = dequantise(batch["x"])
        z = torch.randn(len(x), self.noise, device=self.device)
        losses = self.game.play(x, self.network_labels(batch["y"]), z, self.reminder())
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
        self.states = states
        self.shape = next(iter(states.values()))["shape"]
        self.shown: int | None = None

    @torch.no_grad()
    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        index = task.index if task.index in self.states else self.task.index  # one model a task, or one for all
        if self.shown != index:
            self.generator = Generator(**self.shape).to(self.device)
            self.generator.load_state_dict(self.states[index]["average"])
            self.shown = index
        return to_uint8(self.generator(z.to(self.device), self.network_labels(labels.to(self.device))))


def grown(rows: Tensor, count: int) -> Tensor:
    """``rows`` [n, ...] up to ``count``, the missing ones like the last."""
    return torch.cat([rows, rows[-1:].expand(count - len(rows), *rows.shape[1:])])
