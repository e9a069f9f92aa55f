"""GAN Memory with further compression (Cong et al., NeurIPS 2020, section 4.3, appendix G, algorithm 1).

Scales and shifts of the blocks nearest to the noise are of low rank over a knowledge base that tasks share and extend;
what is kept of a task is its coefficients, the bases it added, and its other styles. Paper and released code disagree,
the code's behaviour is the default:

- the penalty weighs singular values by eta for every task, the first included (paper: plain nuclear norm there), and
  falls on the scales and shifts of all blocks, B4 to B6 included, every ``penalty_every``-th generator step;
- R1 is taken every ``r1_every``-th step without rescaling (``r1_every: 1`` is the paper's);
- energy is the sum of singular values, old coefficients by their absolute value among them.

The share of energy that is kept depends on the output channels of a block, as released: 80, 90 and 95 % for 16, 8 and
4 times the width, all for fewer. That is the same as counting from the image back, which ``uncut`` and ``energy`` do:
B6 to B4 of the seven blocks at 256 px are not compressed, B3 to B0 keep 95, 90, 80, 80 % (appendix G.2). Networks of
less than 64 px have hardly a block that wide, so streams of 16 px set ``uncut`` lower, or nothing would be
compressed [GAP].

As released, a later task initialises the biases of compressed blocks from the first task, and other uncompressed
styles from the previous task.
"""

from typing import Any

import torch
from torch import Tensor

from mneme.data.dequantise import dequantise
from mneme.method import State
from mneme.methods.gan_memory.counting import count
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.networks.average import Average
from mneme.networks.compressed import CompressedNetwork, absorb, combine
from mneme.networks.gp_gan import multipliers
from mneme.networks.lowrank import weighted_nuclear_norm
from mneme.networks.style_sets import matrices, part_of
from mneme.networks.styles import StyledNetwork


class GanMemoryCompressed(GanMemory):
    SEES, CHAINED, BASE = "current", True, "frozen"
    CONDITIONAL = False
    PROBES = ()

    @classmethod
    def growth(cls, state: State) -> dict[str, list[dict[str, Any]]]:
        if "tasks" not in state:  # of a task that was not trained
            return {}
        tasks, matrices = count(state)
        return {"tasks": tasks, "matrices": matrices}

    def fraction(self, name: str) -> float | None:
        """Share of its energy that is kept of a matrix, in (0, 1]; None if the matrix is not compressed."""
        before_image = len(multipliers(self.size)) - 2 - int(part_of(name)[1:])
        depth, energy = before_image - self.settings.uncut, self.settings.energy
        return None if depth < 0 else energy[min(depth, len(energy) - 1)]

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        self.past = previous if self.task.index > 1 else {"bases": {}, "tasks": {}}
        self.compressed: State | None = None
        styled = self.styled_generator(self.task)
        self.names = [name for name in matrices(styled.style()) if self.fraction(name) is not None]
        before, first = (self.past["tasks"].get(str(k)) for k in (self.task.index - 1, 1))
        if before:
            self.go_on(styled, before["styles"], first["styles"])
        bases = {n: {s: v.to(self.device) for s, v in base.items()} for n, base in self.past["bases"].items()}
        coefficients = {n: v.to(self.device) for n, v in (before or {"coefficients": {}})["coefficients"].items()}
        self.generator = CompressedNetwork(styled, self.names, bases, coefficients)
        self.discriminator = self.styled_discriminator(self.task)
        self.average = Average(self.generator.own(), self.settings.ema)
        self.game = self.released_game(self.settings.r1_every)

    @torch.no_grad()
    def go_on(self, styled: StyledNetwork, before: State, first: State) -> None:
        """Initialise biases beside compressed matrices from the first task, other whole styles from the previous."""
        cut = {f"{name.rpartition('.')[0]}.bias" for name in self.names}
        for name, parameter in styled.style().items():
            if name not in self.names:
                parameter.copy_((first if name in cut else before)[name])

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x = dequantise(batch["x"])
        z = torch.randn(len(x), self.noise, device=self.device)
        penalty = None
        if self.settings.penalty and self.game.rounds % self.settings.penalty_every == 0:
            penalty = self.settings.penalty * sum(map(weighted_nuclear_norm, self.generator.penalised()))
        losses = self.game.play(x, self.own_labels(self.task, batch["y"]), z, penalty)
        if self.game.rounds > self.settings.ema_start:
            self.average.update()
        else:
            self.average.restart()
        return losses

    def end(self, data: dict[str, Tensor]) -> None:
        """Truncate the averaged residuals and extend the knowledge base (algorithm 1, lines 3 to 6)."""
        bases, coefficients = {}, {}
        for name in self.names:
            known, values = self.generator.bases.get(name), self.average.values
            old = values[f"{name}.lambda"] if known else None
            bases[name], coefficients[name] = absorb(known, old, values[name], self.fraction(name))
        styles = {name: self.average.values[name] for name in self.generator.styled.style() if name not in self.names}
        task = {"coefficients": coefficients, "styles": styles}
        self.compressed = {"bases": bases, "tasks": {**self.past["tasks"], str(self.task.index): task}}

    def state(self) -> State:
        return self.compressed

    def snapshot(self) -> State:
        """During training the uncompressed styles; after :meth:`end` what the task added, as Table 1 counts."""
        if self.compressed is None:
            values, whole = self.average.values, {}
            for name in self.generator.styled.style():
                whole[name] = values[name].clone()
                if name in self.generator.bases:
                    whole[name] += combine(self.generator.bases[name], values[f"{name}.lambda"])
                if name in self.names:
                    whole[name] -= self.generator.source[name]
            return {"styles": whole}
        known = {name: base["left"].shape[1] for name, base in self.past["bases"].items()}
        new = {
            name: {side: value[:, known.get(name, 0) :] for side, value in base.items()}
            for name, base in self.compressed["bases"].items()
        }
        return {**self.compressed["tasks"][str(self.task.index)], "bases": new}

    def restore(self, states: dict[int, State]) -> None:
        super().restore({index: {"styles": self.whole(state, index)} for index, state in self.by_task(states).items()})

    def by_task(self, states: dict[int, State]) -> dict[int, State]:
        """Task index -> the state that holds it: a checkpoint's for each task in it, a snapshot's for its own task."""
        return {int(k): s for index, s in states.items() for k in s.get("tasks", {str(index): None})}

    def whole(self, state: State, index: int) -> State:
        """Styles of a task as differences from the source, its matrices reconstructed from the knowledge base."""
        if "tasks" not in state:
            return state.get("styles", {})  # none of a task that was not trained
        source, kept = self.styled_generator(self.tasks[-1]).source(), state["tasks"][str(index)]
        formed = {
            name: combine(state["bases"][name], values).to(self.device) - source[name]
            for name, values in kept["coefficients"].items()
        }
        return {**kept["styles"], **formed}
