"""What Hyper-LifelongGAN and its rivals share (Zhai et al., 2021, section 4): the game of a task and its networks.

A task of pairs is learned as in pix2pix, one without as in CycleGAN, whose translator back from targets to given images
has the same architecture and is treated like the other; it is part of the checkpoint, not of the model.

[GAP], chosen here:

- Discriminators start anew in every task, as Adam does. Fine-tuning too has a new one: a task's images are others.
- Learning rates and schedule are those of pix2pix and CycleGAN; steps are those of 200 epochs of facades at batch 1.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.stream import Task
from mneme.losses.cyclegan import CycleGan
from mneme.losses.decaying_adam import DecayingAdam
from mneme.losses.pix2pix import Pix2pix
from mneme.method import Method, State
from mneme.networks.patch_discriminator import PatchDiscriminator
from mneme.networks.resnet_translator import ResnetTranslator, require_size, slot_of
from mneme.state import numbers

TOGETHER = 16  # images in a pass when sampling


class Translation(Method):
    """A translator with a slot for each task, or one for all, that is trained on the pairs or sets of one task."""

    TAKES = ("paired", "unpaired")
    CONDITIONAL = True
    PROGRESS = ("translators", "game")
    SAME = ("width", "blocks")

    @abstractmethod
    def network(self, slots: list[str]) -> ResnetTranslator:
        """A freshly initialised translator."""

    def slot(self, task: Task) -> str:
        """The slot of a task; one for all where a method keeps nothing of the tasks before."""
        return "1"

    def build(self, way: str, tasks: tuple[Task, ...]) -> ResnetTranslator:
        """A freshly initialised translator with the slots of these tasks: ``forward`` of all of them, ``backward`` of
        those without pairs."""
        require_size(self.size)
        tasks = tuple(task for task in tasks if way == "forward" or task.kind == "unpaired")
        return self.network(list(dict.fromkeys(map(self.slot, tasks)))).to(self.device)

    @property
    def learned(self) -> tuple[Task, ...]:
        """The tasks that the checkpoint holds: all so far, or the one that a job of its own learns."""
        return self.tasks if self.CHAINED else self.tasks[-1:]

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        ways = ["forward", "backward"] if self.task.kind == "unpaired" else ["forward"]
        self.translators = {way: self.build(way, self.learned) for way in ways}
        self.before = previous
        if previous is not None:
            for way, translator in self.translators.items():
                translator.load_grown(previous.get(way, {}))
        self.freeze()
        self.game = self.new_game()

    def freeze(self) -> None:
        """Take what this task is not to change out of training (``requires_grad``)."""

    def new_game(self) -> Pix2pix | CycleGan:
        """The game of the task, with discriminators and optimisers of its own."""
        kept = self.settings
        paired = self.task.kind == "paired"
        discriminators = [
            PatchDiscriminator(
                size=self.size, channels=self.channels * (2 if paired else 1), width=kept.patch_width,
                depth=kept.patch_depth,
            ).to(self.device)
            for _ in range(1 if paired else 2)
        ]  # fmt: skip
        players = [list(self.translators.values()), discriminators]
        generator, critic = (
            DecayingAdam(
                (p for network in networks for p in network.parameters()),
                lr=lr, steps=kept.steps, constant=kept.constant,
            )
            for networks, lr in zip(players, (kept.lr, kept.lr_d), strict=True)
        )  # fmt: skip
        if paired:
            return Pix2pix(discriminators[0], generator, critic, l1=kept.l1)
        named = dict(zip("ab", discriminators, strict=True))
        return CycleGan(named, generator, critic, cycle=kept.cycle, identity=kept.identity, pool=kept.pool)

    def z(self) -> Tensor:
        """Noise [1, noise] ~ N(0, 1) of a step, the same for all images and all passes."""
        return torch.randn(1, self.noise, device=self.device)

    def penalty(self, a: Tensor, b: Tensor, z: Tensor) -> Tensor | None:
        """Scalar term added to the translators' loss against forgetting, or None; images in [-1, 1]."""
        return None

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        a, b, z = to_unit(batch["a"]), to_unit(batch["x"]), self.z()
        slot = self.slot(self.task)
        formed = {way: translator.formed(slot, z) for way, translator in self.translators.items()}
        penalty = self.penalty(a, b, z)
        losses = self.game.play(a, b, **formed, penalty=penalty)
        return losses if penalty is None else {**losses, "penalty": penalty.detach()}

    def state(self) -> State:
        backward = (self.before or {}).get("backward")  # of earlier tasks without pairs, if this one has pairs
        if "backward" in self.translators:
            backward = self.translators["backward"].state_dict()
        return {**self.snapshot(), **({} if backward is None else {"backward": backward})}

    def snapshot(self) -> State:
        return {"learned": len(self.learned), "forward": self.translators["forward"].state_dict()}

    def restore(self, states: dict[int, State]) -> None:
        self.states = states
        self.shown: tuple[State, ResnetTranslator] | None = None

    def state_of(self, task: Task) -> State:
        """What was restored for a task: the model of its own, or the one that there is for all."""
        return self.states[task.index if task.index in self.states else self.task.index]

    @torch.no_grad()
    def sample(self, task: Task, condition: Tensor, z: Tensor) -> Tensor:
        self.require(task)
        state = self.state_of(task)
        if self.shown is None or self.shown[0] is not state:
            translator = self.build("forward", self.learned)
            translator.load_state_dict(state["forward"])
            self.shown = state, translator
        formed: Callable[[Tensor], Tensor] = self.shown[1].formed(self.slot(task), z.to(self.device))
        parts = condition.to(self.device).split(TOGETHER)
        return torch.cat([to_uint8(formed(to_unit(part))) for part in parts])

    @classmethod
    def growth(cls, state: State) -> dict[str, list[dict[str, Any]]]:
        """``tasks``: the numbers that each task added to the translator, what tasks share counted with the first."""
        if state["learned"] == 1:
            return {}
        rows = []
        for index in range(1, state["learned"] + 1):
            own = [value for name, value in state["forward"].items() if slot_of(name) == str(index)]
            rows.append({"task": index, "parameters": numbers(own)})
        rows[0]["parameters"] += numbers(state["forward"]) - sum(row["parameters"] for row in rows)
        return {"tasks": rows}
