"""Time a DGM step against a plain eager version of the same maths, interleaved in one process.

    python benchmarks/dgm_step.py --threads 2 --rounds 15
    python benchmarks/dgm_step.py --device cuda --rounds 50

A step is t solver batches, one critic step and one generator step at the published batch, fp32, on grey images of 32 or
16 px. The plain version below writes the paper's equations (1) to (6) out: masks as sigmoids, gradients times one minus
the cumulated mask, embeddings' gradients times their factor, ``backward`` filling all gradients. Both see the same
images and draw the same numbers; after the first step their losses must agree, or nothing is timed. The ratio is of
medians: under 1 the library is faster.
"""

import argparse
import copy
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import torch
from timing import check_equal, in_turn, options, show
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.methods.dgm.dgm import Dgm
from mneme.methods.dgm.dgm_a import DgmA
from mneme.methods.dgm.dgm_w import DgmW
from mneme.settings import Settings

METHODS: dict[str, type[Dgm]] = {"dgm_w": DgmW, "dgm_a": DgmA}
CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).resolve().parents[1] / "config")
STEP = 100  # of the task, where masks are on their way


class Plain:
    """The textbook loop, in the same state as a method in the middle of its last task."""

    def __init__(self, method: Dgm) -> None:
        self.settings, self.past, self.device = method.settings, len(method.tasks) - 1, method.device
        self.local, self.alpha, self.replays = method.LOCAL, method.alpha, method.replays
        self.critic, self.own = (
            copy.deepcopy(method.critic).to(memory_format=torch.contiguous_format),
            copy.deepcopy(method.own),
        )
        self.weights = [nn.Parameter(weight.detach().clone()) for weight in method.weights]
        self.embeddings = [nn.Parameter(e.detach().clone()) for e in method.embeddings]
        self.reserved = [part.float() for part in method.reserved]
        self.free = [1 - part.float() for part in method.frozen]
        self.trained = [*self.weights, *self.embeddings, *self.own.parameters()]
        adam = {"betas": (0.5, 0.999), "foreach": False}
        self.generator_adam = torch.optim.Adam(self.trained, lr=self.settings.lr_g, **adam)
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), lr=self.settings.lr_d, **adam)

    def scale(self) -> tuple[float, float]:
        a, (epoch, b) = self.settings, divmod(STEP, self.settings.cycle)
        top = 1 / a.s_max + (a.s_max - 1 / a.s_max) * epoch / -(-a.steps // a.cycle)
        return (1 / top + (top - 1 / top) * b / a.cycle if self.local else top), top

    def fake(self, masks: list[Tensor], y: Tensor) -> Tensor:
        z = torch.randn(len(y), self.settings.noise, device=self.device)
        h = torch.cat([F.one_hot(y, self.settings.classes).float(), z[:, self.settings.classes :]], 1)[:, :, None, None]
        for layer, (weight, mask, norm) in enumerate(zip(self.weights, masks, self.own.norms, strict=True)):
            by_weight = mask if mask.ndim == 4 else mask[None, :, None, None]
            stride, padding = (2, 1) if layer else (1, 0)
            h = torch.relu(norm(F.conv_transpose2d(h, weight * by_weight, stride=stride, padding=padding)))
        return torch.tanh(next(iter(self.own.heads.values()))(h))

    def masks(self, s: float) -> list[Tensor]:
        return [torch.sigmoid(s * e) for e in self.embeddings]

    def solver_step(self, x: Tensor, y: Tensor) -> Tensor:
        images, labels = [x], [y]
        for past, of in self.replays:
            chosen = torch.randint(len(past), (len(x),), device=self.device)
            images.append(past[chosen].float() / 127.5 - 1)
            labels.append(of[chosen])
        mixed, labels = torch.cat(images), torch.cat(labels)
        order = torch.randperm(len(mixed), device=self.device)
        losses = []
        for part, of in zip(mixed[order].split(len(x)), labels[order].split(len(x)), strict=True):
            loss = F.cross_entropy(self.critic(part)[1], of)
            self.critic_adam.zero_grad()
            loss.backward()
            self.critic_adam.step()
            losses.append(loss.detach())
        return sum(losses) / len(losses)

    def critic_step(self, x: Tensor, fake: Tensor) -> Tensor:
        loss = self.critic(fake)[0].mean() - self.critic(x)[0].mean()
        weight = torch.rand(len(x), 1, 1, 1, device=self.device)
        between = (x + weight * (fake - x)).requires_grad_()
        (gradient,) = torch.autograd.grad(self.critic(between)[0].sum(), between, create_graph=True)
        loss = loss + self.settings.penalty * ((gradient.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()
        self.critic_adam.zero_grad()
        loss.backward()
        self.critic_adam.step()
        return loss.detach()

    def generator_step(self, y: Tensor, s: float, top: float) -> Tensor:
        masks = self.masks(s)
        scores, _ = self.critic(self.fake(masks, y))
        above = sum((m * (1 - r)).sum() for m, r in zip(masks, self.reserved, strict=True))
        below = sum((1 - r).sum() for r in self.reserved)
        loss = self.settings.reserve * self.alpha * above / below - scores.mean()
        self.generator_adam.zero_grad()
        loss.backward()
        for weight, free in zip(self.weights, self.free, strict=True):
            weight.grad = weight.grad * free
        for e in self.embeddings:
            wide = torch.clamp(s * e.detach(), -50, 50)
            e.grad = e.grad * (top / s) * (torch.cosh(wide) + 1) / (torch.cosh(e.detach()) + 1)
        nn.utils.clip_grad_norm_(self.trained, self.settings.clip)
        self.generator_adam.step()
        return loss.detach()

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        x, y, (s, top) = batch["x"].float() / 127.5 - 1, batch["y"], self.scale()
        with torch.no_grad():
            fake = self.fake(self.masks(s), y)
        loss_c = self.solver_step(x, y)
        return {"loss_c": loss_c, "loss_d": self.critic_step(x, fake), "loss_g": self.generator_step(y, s, top)}


def pair(name: str, size: int, past: int, device: torch.device) -> tuple[Dgm, Plain]:
    """The library's method inside its last task, and its plain twin."""
    settings = Settings(CATALOGUE.method(name, "benchmark").settings)
    tasks = [Task(k + 1, str(k), "noise", (k,), (k,)) for k in range(past + 1)]
    state = None
    for t in range(1, past + 2):
        method = METHODS[name](settings, tasks[:t], size, 1, device, None)
        y = torch.full((settings.batch,), t - 1, device=device)
        data = {"x": torch.randint(0, 256, (settings.batch, 1, size, size), dtype=torch.uint8, device=device), "y": y}
        method.begin(state, data)
        method.steps = STEP
        with torch.no_grad():  # a third of what there is, reserved anew: as if the task had been learned
            for e in method.embeddings:
                e.copy_(torch.randn_like(e) - 0.5)
        if t <= past:
            method.end(data)
            state = method.state()
    return method, Plain(method)


def compare(name: str, size: int, past: int, rounds: int, device: torch.device) -> dict[str, float]:
    """Median milliseconds of both, and their ratio."""
    method, plain = pair(name, size, past, device)
    n = method.images_a_step
    batch = {"x": torch.randint(0, 256, (n, 1, size, size), dtype=torch.uint8, device=device)}
    batch["y"] = torch.full((n,), past, device=device)
    check_equal(method.step, plain.step, batch)
    return in_turn(method.step, plain.step, batch, rounds, before=lambda: setattr(method, "steps", STEP))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--sizes", nargs="+", type=int, default=[32, 16], choices=[32, 16, 8])
    parser.add_argument("--past", type=int, default=4, help="classes learned before")
    args = options(parser)
    torch.manual_seed(0)
    device = torch.device(args.device)
    result = {key: getattr(args, key) for key in ("past", "rounds", "threads", "device")}
    result |= {"torch": torch.__version__}
    for name in args.methods:
        for size in args.sizes:
            result[f"{name}, {size} px"] = compare(name, size, args.past, args.rounds, device)
    show(result, args.output)


if __name__ == "__main__":
    main()
