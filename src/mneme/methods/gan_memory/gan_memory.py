"""GAN Memory with no forgetting (Cong, Zhao, Li, Wang, Carin; NeurIPS 2020).

A frozen base GAN, and one set of style parameters per task for generator and discriminator (section 4.1). Every task
starts from the source style, so tasks can be trained in any order or in parallel, and a checkpoint holds the averaged
styles of the generator only. Settings, where paper and released code disagree (the code's behaviour is the default):

- ``discriminator``: "raw" restyles the discriminator's weights without standardising them, as the released Flowers
  script does; "standardised" follows equations 4 and 5 there too.
- ``normalise`` and ``bias``: NoNorm and NoBias of the ablation (appendix D.1). NoNorm has its discriminator raw.
- ``conditional``: one bias per class on the generator's fully connected layer in place of its style bias, a fresh
  discriminator output per class (section 4.2; layers and initialisation as released).
- ``source``: styles modulate the base's "raw" generator, as released, or its "average".
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from mneme.data.dequantise import dequantise
from mneme.data.labels import place
from mneme.data.pixels import to_uint8
from mneme.data.stream import Task
from mneme.losses.logistic import LogisticGame
from mneme.method import Method, State, setting
from mneme.networks.average import Average
from mneme.networks.gp_gan import Discriminator, Generator, discriminator_shape
from mneme.networks.layout import layout
from mneme.networks.styles import StyledNetwork, modulated_layers

CLASS_BIAS = ("class_bias.weight", "class_bias.bias")


class GanMemory(Method):
    SEES, CHAINED, BASE = "current", False, "frozen"
    CONDITIONAL = setting("conditional")
    SIZES = (8, 16, 32, 64, 128, 256)
    PROBES = ("styles",)
    PROGRESS = ("generator", "discriminator", "average", "game")

    @property
    def noise(self) -> int:
        return self.base["shape"]["noise"]

    def labels_of(self, task: Task) -> int | None:
        """Number of labels of a task's networks; None if unconditional."""
        return len(task.labels) if self.CONDITIONAL else None

    def styled_generator(self, task: Task) -> StyledNetwork:
        """The frozen base generator under the source style.

        A conditional one has class biases with the framework's default initialisation, as released, in place of the
        style bias of its fully connected layer.
        """
        network = Generator(**{**self.base["shape"], "labels": self.labels_of(task)})
        network = network.to(self.device, memory_format=layout(self.device))
        weights = self.base["generator" if self.settings.source == "raw" else "average"]
        network.load_state_dict(with_own(network, weights, "class_bias."))
        layers = modulated_layers(network)
        return StyledNetwork(
            network,
            layers,
            normalise=self.settings.normalise,
            bias=[name for name in layers if self.settings.bias and not (self.CONDITIONAL and name == "fc")],
            free=CLASS_BIAS if self.CONDITIONAL else (),
        )

    def styled_discriminator(self, task: Task) -> StyledNetwork:
        """The frozen base discriminator under the source style; its last layer trains as it is, and starts afresh with
        one output per class where the method is conditional."""
        shape = discriminator_shape(self.base["shape"])
        network = Discriminator(**{**shape, "labels": self.labels_of(task)})
        network = network.to(self.device, memory_format=layout(self.device))
        network.load_state_dict(with_own(network, self.base["discriminator"], "fc." if self.CONDITIONAL else None))
        layers = [name for name in modulated_layers(network) if name != "fc"]
        return StyledNetwork(
            network,
            layers,
            normalise=self.settings.normalise and self.settings.discriminator == "standardised",
            bias=layers if self.settings.bias else (),
            free=("fc.weight", "fc.bias"),
        )

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        self.generator = self.styled_generator(self.task)
        self.discriminator = self.styled_discriminator(self.task)
        self.average = Average(self.kept(self.generator), self.settings.ema)
        self.game = self.released_game()

    def released_game(self, r1_every: int = 1) -> LogisticGame:
        """The adversarial game as released: Adam, and the same fakes for generator and discriminator."""
        lr, r1 = self.settings.lr, self.settings.r1
        players = self.generator, self.discriminator
        return LogisticGame(*players, optimiser="adam", lr=lr, r1=r1, fresh_fakes=False, r1_every=r1_every)

    def kept(self, generator: StyledNetwork) -> dict[str, nn.Parameter]:
        """Parameters that a task's checkpoint holds: the generator's style, and its class biases if conditional."""
        free = {name: generator.network.get_parameter(name) for name in CLASS_BIAS} if self.CONDITIONAL else {}
        return {**generator.style(), **free}

    def own_labels(self, task: Task, y: Tensor) -> Tensor:
        """Map stream labels int64 [B] to 0, 1, ... within the task; to 0 if unconditional."""
        return place(y, task.labels) if self.CONDITIONAL else torch.zeros_like(y)

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x = dequantise(batch["x"])
        z = torch.randn(len(x), self.noise, device=self.device)
        losses = self.game.play(x, self.own_labels(self.task, batch["y"]), z)
        self.average.update()
        return losses

    def state(self) -> State:
        return {"styles": self.average.values}

    def restore(self, states: dict[int, State]) -> None:
        self.states = states
        self.shown: tuple[int, Callable[..., Tensor]] | None = None

    @torch.no_grad()
    def formed(self, task: Task, style: State) -> Callable[..., Tensor]:
        """The generator of a task under any style (``networks.style_sets``), as a function of noise and labels."""
        generator = self.styled_generator(task)
        for name in CLASS_BIAS if self.CONDITIONAL else ():
            generator.network.get_parameter(name).copy_(style[name])
        return generator.formed({name: value.to(self.device) for name, value in style.items()})

    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        if self.shown is None or self.shown[0] != task.index:  # one formed network at a time: tasks may be many
            self.shown = (task.index, self.formed(task, self.states[task.index]["styles"]))
        return self.render(self.shown[1], task, labels, z)

    @torch.no_grad()
    def render(self, generator: Callable[..., Tensor], task: Task, labels: Tensor, z: Tensor) -> Tensor:
        """Images uint8 [B, C, S, S] of a formed generator, from ``z`` [B, noise] and stream labels int64 [B]."""
        return to_uint8(generator(z.to(self.device), self.own_labels(task, labels.to(self.device))))


def with_own(network: nn.Module, source: State, prefix: str | None) -> State:
    """State dict of the source, with the network's own values for names that start with ``prefix``."""
    own = {name: value for name, value in network.state_dict().items() if prefix and name.startswith(prefix)}
    return {**source, **own}
