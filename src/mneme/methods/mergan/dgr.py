"""Deep generative replay (Shin et al., 2017; "DGR" in MeRGAN's table 1): an unconditional GAN and a solver.

A scholar is trained on real images of the new task and replays of the previous scholar, which have the labels that its
solver predicts, weighted ``r`` to ``1 - r``: in the losses of critic and solver, and in the gradient penalty.
``mix: constant`` is r = ``ratio`` (0.4, the known third-party code; none was released), ``tasks`` is r = 1/t, the
paper's usual choice. Generator and solver go on from the last task's. A constant r dilutes: after ten tasks of one
class even a faultless scholar draws the first class once in a hundred images, the last four times in ten.

MeRGAN evaluates an image under the class that DGR's own solver predicts. [GAP] A class is sampled by rejection: draw
until the solver predicts it. The draws serve all images of a call that wait for their class. A class is given up once
the draws reach ``tries`` times (its images found + :data:`LEEWAY`), which at the default takes one that comes once in a
hundred draws 2,000 in a row without it: those that wait keep their first draw, which shows another class, and are
counted in :attr:`Dgr.undrawn`. [GAP] The network is the AC-GAN's with a single class, the solver has the critic's
convolutions, and it takes one step in every iteration.
"""

import sys
from collections import Counter

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.stream import Task
from mneme.losses.descend import descend
from mneme.losses.wasserstein import critic_loss, generator_loss, gradient_penalty
from mneme.method import State
from mneme.methods.mergan.acgan import NETWORKS, TOGETHER, AcGan
from mneme.spec import seed_of

LEEWAY = 4  # images of a class whose draws it may take before its first
GROUPS = 8  # batches of the batch norm in one pass


class Dgr(AcGan):
    """The scholar: generator, critic and solver.

    Attributes:
        undrawn: stream label -> images that were asked for since the model was restored and show another class.
    """

    GIVES = ("images", "predictions")
    SEES, CHAINED, BASE, LATER = "current", True, "none", ("mix", "ratio")
    PROGRESS = (*AcGan.PROGRESS, "solver", "solver_adam")

    @property
    def rows(self) -> int:
        return 1

    @property
    def missed(self) -> int:
        return self.undrawn.total()

    def new_solver(self) -> torch.nn.Module:
        shape = {"size": self.size, "channels": self.channels, "width": self.settings.width}
        return NETWORKS[self.settings.network].Critic(**shape, labels=self.settings.classes).to(self.device)

    def loaded_solver(self, state: State) -> torch.nn.Module:
        solver = self.new_solver()
        solver.load_state_dict(state["solver"])
        return solver

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        super().begin(previous, data)
        self.solver = self.loaded_solver(previous) if previous else self.new_solver()
        self.old_solver = self.loaded_solver(previous).requires_grad_(False) if previous else None
        self.solver_adam = torch.optim.Adam(self.solver.parameters(), lr=self.settings.solver_lr)

    def unconditional(self, n: int) -> Tensor:
        """Labels int64 [n] of the single class that the networks have."""
        return torch.zeros(n, dtype=torch.int64, device=self.device)

    @property
    def share(self) -> float:
        """Weight r of the new task, in (0, 1]."""
        if self.old is None:
            return 1.0
        return self.settings.ratio if self.settings.mix == "constant" else 1 / self.task.index

    @torch.no_grad()
    def replay(self, n: int) -> tuple[Tensor, Tensor]:
        """Images [n, C, S, S] of the old generator and the old solver's labels [n]."""
        images = self.old(self.z(n), self.unconditional(n))
        return images, self.old_solver(images)[1].argmax(1)

    def generator_objective(self, n: int) -> Tensor:
        return generator_loss(self.critic, self.generator(self.z(n), self.unconditional(n)), None)

    def critic_objective(self, x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            fake = self.generator(self.z(len(x)), self.unconditional(len(x)))
        loss = self.share * self.against(x, fake)
        return loss if self.old is None else loss + (1 - self.share) * self.against(self.replay(len(x))[0], fake)

    def against(self, real: Tensor, fake: Tensor) -> Tensor:
        """Critic loss with gradient penalty, a scalar, of images float [B, C, S, S] in [-1, 1]."""
        penalty = gradient_penalty(self.critic, real, fake)
        return critic_loss(self.critic, real, None, fake) + self.settings.penalty * penalty

    def solver_objective(self, x: Tensor, y: Tensor) -> Tensor:
        loss = self.share * cross_entropy(self.solver(x)[1], y)
        if self.old is None:
            return loss
        images, labels = self.replay(len(x))
        return loss + (1 - self.share) * cross_entropy(self.solver(images)[1], labels)

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        losses = super().step(batch)
        x, y = (batch[name][: self.settings.batch] for name in ("x", "y"))
        loss = self.solver_objective(to_unit(x), y)
        descend(self.solver_adam, loss)
        return {**losses, "loss_solver": loss.detach()}

    def snapshot(self) -> State:
        return {**super().snapshot(), "solver": self.solver.state_dict()}

    def restore(self, states: dict[int, State]) -> None:
        super().restore(states)
        self.solver = self.loaded_solver(states[self.task.index])
        self.undrawn: Counter[int] = Counter()

    def sample(self, task: Task, labels: Tensor, z: Tensor) -> Tensor:
        self.require(task)
        labels, z = labels.to(self.device), z.to(self.device)
        with torch.inference_mode():
            images = self.of_class(0, z)
            self.redraw(task, images, labels, seed_of(z.cpu().numpy().tobytes()))  # equal calls are answered alike
        return to_uint8(images)

    def redraw(self, task: Task, images: Tensor, labels: Tensor, seed: int) -> None:
        """Replace images float [B, C, S, S] that the solver gives another class than ``labels`` [B] by fresh draws, in
        place."""
        generator, drawn, found = torch.Generator().manual_seed(seed), 0, Counter()
        wrong = self.decided(images) != labels
        waiting = {label: (wrong & (labels == label)).nonzero().flatten() for label in labels[wrong].unique().tolist()}
        while waiting:
            n = TOGETHER * -(-sum(map(len, waiting.values())) // TOGETHER)
            fresh = self.drawn(torch.randn(n, self.noise, generator=generator).to(images))
            shown, drawn = self.decided(fresh), drawn + n
            for label, places in list(waiting.items()):
                mine = fresh[shown == label][: len(places)]
                images[places[: len(mine)]] = mine
                found[label] += len(mine)
                waiting[label] = places[len(mine) :]
                if len(mine) == len(places) or drawn >= self.settings.tries * (found[label] + LEEWAY):
                    self.give_up(task, label, len(waiting.pop(label)), drawn)

    def drawn(self, z: Tensor) -> Tensor:
        """Images float [N, C, S, S] in [-1, 1] from ``z`` [N, noise], N a multiple of :data:`TOGETHER`, each so many
        normalised together, as :meth:`of_class` makes them."""
        parts = z.split(GROUPS * TOGETHER)
        return torch.cat([self.generator(e, self.unconditional(len(e)), len(e) // TOGETHER) for e in parts])

    def give_up(self, task: Task, label: int, count: int, drawn: int) -> None:
        """Count images of a class that were not drawn, and say so the first time."""
        if count and label not in self.undrawn:
            name = f"class {task.classes[task.labels.index(label)]} of {task.dataset}"
            print(
                f"warning: dgr: {count} images of {name} were not drawn in {drawn} draws and show another class; train "
                "longer, or raise 'tries' if it is drawn at times",
                file=sys.stderr,
                flush=True,
            )
        self.undrawn += Counter({label: count})

    def decided(self, images: Tensor) -> Tensor:
        """Labels int64 [B] that the solver predicts for images float [B, C, S, S] in [-1, 1]."""
        return torch.cat([self.solver(part)[1].argmax(1) for part in images.split(GROUPS * TOGETHER)])

    @torch.no_grad()
    def predict(self, images: Tensor) -> Tensor:
        """What the scholar's own solver says of them."""
        return torch.cat([self.solver(to_unit(part))[1] for part in images.to(self.device).split(TOGETHER)])
