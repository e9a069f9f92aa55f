"""Dynamic Generative Memory (Ostapenko et al., CVPR 2019): what its two forms, DGMw and DGMa, have in common.

One generator learns all tasks by masked layers; what a task's masks reserve is never changed again, and as much is
added before the next task. The discriminator is the class-incremental solver. A step, in the released order:

1. solver: a batch of real images of the task, and one of replays of every past class, are mixed and cut into batches
   again; each is a step of the class head's cross entropy;
2. critic: a WGAN-GP step on real images and fakes of the task;
3. generator: ``- mean D(G(z)) + lambda_RU alpha R``, alpha being the generator's growth
   (:func:`mneme.methods.dgm.parts.growth`). ``class_loss`` adds the class loss, as in the paper and for ImageNet-50.

All solver and critic steps share one Adam, and all of them move the batch norm's running statistics. With each task
both optimisers start anew, the discriminator is drawn anew (``reinit``), and replays are drawn once.

``dgm_w`` and ``dgm_a`` depart from the released code in three settings, ``released`` follows it:

- ``masks: hard``: past tasks are sampled by binary masks (e >= 0, the rule by which weights are reserved), and these
  are what is stored, so their images stay equal to the bit. ``soft``: by sigmoid(s_max e), from stored embeddings;
  weights with a mask between 0 and a half are used there, but not reserved, and change later.
- ``statistics: solver``: the discriminator's batch norm statistics are estimated on what the solver is trained on, once
  the task is learned; ``running``: they are what the steps left, mostly critic steps on the current class.
- the number that is reported is that of the last step; the released code reports that of the step which is best on
  real validation images of all classes, past ones included. That is for an evaluation to do: no training sees them.

[GAP] ``solver_fakes``: share of fakes among the current class's solver images. Where past classes are replays and the
current one is real, the solver takes all that is real for the current class.
"""

import copy
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mneme.data.labels import place
from mneme.data.pixels import to_unit
from mneme.losses.descend import descend, laid_out
from mneme.losses.wasserstein import gradient_penalty
from mneme.method import Method, State, setting
from mneme.methods.dgm import parts, replays
from mneme.methods.dgm.optimiser import adam
from mneme.methods.dgm.plasticity import compensation, cumulated, regulariser, scale
from mneme.methods.dgm.remembered import Remembered
from mneme.networks.batch_norm import recalibrate_batch_norm
from mneme.networks.masked import Initialiser, grown

SETTLING = 10  # [GAP] rounds of mixed batches by which the batch norm statistics are estimated


class Dgm(Remembered, Method):
    """Trains masked layers; what a mask has an entry for is left to the two forms."""

    SEES, CHAINED, BASE = "current", True, "none"
    GIVES = ("images", "predictions")
    CONDITIONAL = True
    SIZES: ClassVar = {"dcgan": (8, 16, 32), "residual": (8, 16, 32, 64)}
    SAME = ("network", "width", "noise", "classes", "critic", "critic_width", "masks")
    KEEPS = setting("keeps")
    LATER = ("reinit", "replay", "replay_by", "joins")
    PROBES = ("masks",)
    PROGRESS = ("weights", "own", "embeddings", "critic", "optimisers", "steps")
    LOCAL: ClassVar[bool]  # whether s is annealed inside an epoch too
    INITIAL: ClassVar[Initialiser]  # draws the first task's weights
    ADDED: ClassVar[Initialiser]  # draws what expansion adds, where the network swaps the rules

    def widths_after(self, wide: Sequence[int], newly: Sequence[Sequence[int]]) -> list[int]:
        """Widths of the layers after the last of some tasks, which reserved ``newly`` entries of each mask, in turn."""
        raise NotImplementedError

    def protected(self, reserved: Sequence[Tensor]) -> list[Tensor]:
        """Weights of each layer that are not to change: bool, of their shapes or broadcast to them.

        Args:
            reserved: cumulated masks of the tasks before, of :meth:`mask_shapes`.
        """
        raise NotImplementedError

    @property
    def start(self) -> float:
        """Initial value of embeddings: 0 in the first task."""
        return self.settings.start / self.settings.s_max if len(self.tasks) > 1 else 0.0

    # ---- a task ------------------------------------------------------------------------------------------------------

    def begin(self, previous: State | None, data: dict[str, Tensor]) -> None:
        self.data, self.steps, self.ended = data, 0, False
        self.load(previous or {"weights": [], "tasks": {}, "growth": {"tasks": [], "layers": []}, "kept": {}})
        self.wide = first = self.network.widths(self.size, self.settings.width)
        if len(self.tasks) > 1:
            last = self.states[str(self.tasks[-2].index)]
            newly = [part["newly"] for part in self.states.values()]
            self.wide = self.widths_after(last["widths"], newly) if self.settings.expand else last["widths"]
        self.reserved = cumulated(self.hard, self.mask_shapes(self.wide), self.device)
        self.alpha = parts.growth(self.settings.alpha, first, self.wide, self.shapes, self.reserved)
        self.frozen = self.protected(self.reserved)
        self.expand(self.shapes(self.wide))
        self.anchor = [weight.detach().clone() for weight in self.weights]
        self.own = self.network.Own(self.wide, self.channels, self.task.labels, not self.states).to(self.device)
        self.embeddings = nn.ParameterList(
            torch.full(shape, self.start, device=self.device) for shape in self.mask_shapes(self.wide)
        )
        self.critic = self.new_critic(previous)
        self.optimisers = {
            "generator": adam([*self.weights, *self.embeddings, *self.own.parameters()], self.settings.lr_g),
            "critic": adam(self.critic.parameters(), self.settings.lr_d),
        }
        count = len(data["x"]) // len(self.task.labels)
        past = self.tasks[:-1] if self.settings.replay else ()
        self.replays = replays.replayed(past, count, self.draw, self.kept, self.settings)

    def expand(self, shapes: Sequence[Sequence[int]]) -> None:
        """Grow the weights to ``shapes``; the first task draws all of them."""
        old = self.weights or [torch.empty(0, 0, *shape[2:], device=self.device) for shape in shapes]
        draw = type(self).ADDED if self.weights and self.network.SWAPS else type(self).INITIAL
        self.weights = nn.ParameterList(grown(w, shape, draw) for w, shape in zip(old, shapes, strict=True))

    def new_critic(self, previous: State | None) -> nn.Module:
        """The discriminator that a task starts with: drawn anew with ``reinit``; else the score's head alone, and the
        outputs of new classes. Its batch norm statistics are those of the task before, as released."""
        critic = self.built_critic(len(self.seen))
        if previous is not None:
            goes_on = {
                name: value
                for name, value in previous["critic"].items()
                if not name.startswith(("score", "classes")) and ("running" in name or not self.settings.reinit)
            }
            critic.load_state_dict({**critic.state_dict(), **goes_on})
            if not self.settings.reinit:
                for name, now in critic.classes.named_parameters():
                    before = previous["critic"][f"classes.{name}"]
                    now.data[: len(before)] = before.to(now.device)
        return critic

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x, y = to_unit(batch["x"]), batch["y"]
        s, top = self.scale()
        with torch.no_grad():
            fake = self.fake(y, s)
        losses = {"loss_c": self.solver_step(x, y, fake)}
        losses["loss_d"] = self.critic_step(x, fake)
        losses["loss_g"] = self.generator_step(y, s, top)
        self.steps += 1
        return losses

    def scale(self) -> tuple[float, float]:
        """s and s_max^i of the step to come."""
        a = self.settings
        return scale(min(self.steps, a.steps - 1), a.steps, a.cycle, a.s_max, a.annealing, self.LOCAL)

    def fake(self, y: Tensor, s: float) -> Tensor:
        """Images of the task in training, of classes ``y``, by soft masks of scale s and fresh noise."""
        z = torch.randn(len(y), self.noise, device=self.device)
        masks = [torch.sigmoid(s * e) for e in self.embeddings]
        return self.images(masks, self.own, z, y)

    def solver_step(self, x: Tensor, y: Tensor, fake: Tensor) -> Tensor:
        """The solver's steps, one a batch of the mixture; the mean of their losses."""
        losses = []
        for images, labels in self.mixed(x, y, fake):
            loss = cross_entropy(self.critic(images)[1], place(labels, self.seen))
            descend(self.optimisers["critic"], loss)
            losses.append(loss.detach())
        return torch.stack(losses).mean()

    def mixed(self, x: Tensor, y: Tensor, fake: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Batches of the solver: of the task's images x, of which ``solver_fakes`` give way to fakes of the same
        labels, and of as many replays of each past class (``replay_by: task``: task), in random order."""
        n = round(self.settings.solver_fakes * len(x))
        images, labels = [fake[:n], x[n:]], [y]
        for past, of in self.replays:
            chosen = torch.randint(len(past), (len(x),), device=past.device)
            images.append(to_unit(past[chosen]))
            labels.append(of[chosen])
        mixed, labels = torch.cat(images), torch.cat(labels)
        order = torch.randperm(len(mixed), device=mixed.device)
        return list(zip(mixed[order].split(len(x)), labels[order].split(len(x)), strict=True))

    def critic_step(self, x: Tensor, fake: Tensor) -> Tensor:
        """The critic's step: ``mean D(fake) - mean D(x) + penalty GP``, a forward pass each, as batch norm wants."""
        loss = self.critic(fake)[0].mean() - self.critic(x)[0].mean()
        loss = loss + self.settings.penalty * gradient_penalty(self.critic, x, fake)
        descend(self.optimisers["critic"], loss)
        return loss.detach()

    def generator_step(self, y: Tensor, s: float, top: float) -> Tensor:
        """The generator's step: no gradient where weights are reserved, compensated gradients of embeddings."""
        scores, logits = self.critic(self.fake(y, s))
        masks = [torch.sigmoid(s * e) for e in self.embeddings]
        loss = self.settings.reserve * self.alpha * regulariser(masks, self.reserved) - scores.mean()
        if self.settings.class_loss:
            loss = loss + cross_entropy(logits, place(y, self.seen))
        parameters = [*self.weights, *self.embeddings, *self.own.parameters()]
        gradients = torch.autograd.grad(loss, parameters, materialize_grads=True)  # an identity leaves weights unused
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = laid_out(gradient, parameter)
        for weight, frozen in zip(self.weights, self.frozen, strict=True):
            weight.grad.masked_fill_(frozen, 0)
        for e in self.embeddings:
            e.grad *= compensation(e.detach(), s, top)
        nn.utils.clip_grad_norm_(parameters, self.settings.clip)
        self.optimisers["generator"].step()
        with torch.no_grad():  # whatever an optimiser does to a weight without a gradient
            for weight, frozen, anchor in zip(self.weights, self.frozen, self.anchor, strict=True):
                weight.copy_(torch.where(frozen, anchor, weight))
        return loss.detach()

    def end(self, data: dict[str, Tensor]) -> None:
        """Choose the real samples to keep, estimate the solver's batch norm statistics."""
        self.critic, self.ended = self.settled(), True
        self.kept = replays.kept(self.kept, data, self.task.labels, self.features, self.settings)

    def settled(self) -> nn.Module:
        """A copy of the discriminator for predictions: with ``statistics: solver`` its batch norm statistics are the
        mean over mixed batches, with fakes as sampling makes them; it draws from a generator of its own."""
        critic = copy.deepcopy(self.critic).eval()
        if self.settings.statistics == "running":
            return critic
        batches: list[Tensor] = []
        with torch.random.fork_rng(), torch.no_grad():
            torch.manual_seed(0)
            masks, own = self.loaded(self.task, self.part())
            for _ in range(SETTLING):
                chosen = torch.randint(len(self.data["x"]), (self.settings.batch,)).to(self.data["x"].device)
                x, y = (self.data[name][chosen].to(self.device) for name in ("x", "y"))
                z = torch.randn(len(y), self.noise, device=self.device)
                batches += [images for images, _ in self.mixed(to_unit(x), y, self.images(masks, own, z, y))]
        return recalibrate_batch_norm(critic, batches).eval()

    # ---- its checkpoint ----------------------------------------------------------------------------------------------

    def part(self) -> State:
        """The current task's entry in a checkpoint, beside the shared weights."""
        rows = parts.occupation(self.task.index, self.embeddings, self.reserved, self.start)
        newly = [row["newly"] for row in rows]
        return parts.stored(self.own, self.embeddings, self.wide, newly, self.settings.masks == "soft")

    def counted(self) -> State:
        """Rows of :meth:`growth`; the last ones are of the current task."""
        rows = parts.occupation(self.task.index, self.embeddings, self.reserved, self.start)
        newly = [*(part["newly"] for part in self.states.values()), [row["newly"] for row in rows]]
        later = self.widths_after(self.wide, newly) if self.settings.expand else self.wide
        shapes = [self.shapes(wide) for wide in (self.wide, later)]
        return {
            "tasks": [*self.rows["tasks"], parts.size(self.task.index, *shapes, self.own)],
            "layers": [*self.rows["layers"], *rows],
        }

    def state(self) -> State:
        return {**self.snapshot(), "kept": {str(label): images for label, images in self.kept.items()}}

    def snapshot(self) -> State:
        """All that predictions and images of all tasks need; inside a task also the scale s and the embeddings."""
        inside = {"scale": self.scale()[0], "embeddings": [e.detach() for e in self.embeddings]}
        return {
            "weights": [weight.detach() for weight in self.weights],
            "tasks": {**self.states, str(self.task.index): self.part()},
            "critic": (self.critic if self.ended else self.settled()).state_dict(),
            "growth": self.counted(),
            **({} if self.ended else {"plasticity": inside}),
        }
