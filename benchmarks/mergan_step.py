"""Time a MeRGAN iteration against a plain eager version of the same maths, interleaved in one process.

    python benchmarks/mergan_step.py --threads 2 --rounds 15
    python benchmarks/mergan_step.py --device cuda --rounds 50

An iteration is one generator step and five critic steps at batch 64, fp32, on 32 px grey images, as published. The
plain version below calls the networks once for each term and each past class and lets ``backward`` fill all gradients.
Both see the same images and draw the same numbers; after the first iteration their losses must agree, or nothing is
timed. The ratio is of medians: under 1 the library is faster.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import torch
from timing import check_equal, in_turn, options, show
from torch import Tensor
from torch.nn.functional import cross_entropy

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.methods.mergan.acgan import AcGan
from mneme.methods.mergan.mergan_jtr import MerganJtr
from mneme.methods.mergan.mergan_ra import MerganRa
from mneme.methods.mergan.sft import Sft
from mneme.networks.acgan import Critic, Generator
from mneme.settings import Settings

METHODS: dict[str, type[AcGan]] = {"sft": Sft, "mergan_jtr": MerganJtr, "mergan_ra": MerganRa}
SHAPE = {"size": 32, "channels": 1, "width": 32, "labels": 10}
CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).resolve().parents[1] / "config")


class Plain:
    """The textbook loop, for one new class after ``past`` others."""

    def __init__(self, name: str, method: AcGan, settings: Settings, past: int) -> None:
        self.name, self.settings, self.past, self.device = name, settings, past, method.device
        self.generator, self.old = (Generator(**SHAPE, noise=128).to(self.device) for _ in range(2))
        self.critic = Critic(**SHAPE).to(self.device)
        for mine, other in ((self.generator, method.generator), (self.critic, method.critic), (self.old, method.old)):
            mine.load_state_dict(other.state_dict())
        adam = {"lr": settings.lr, "betas": (0.0, 0.9), "foreach": False}
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), **adam)
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), **adam)

    def noise(self, n: int) -> Tensor:
        return torch.randn(n, 128, device=self.device)

    def new_labels(self, n: int) -> Tensor:
        return torch.randint(1, (n,), device=self.device) + self.past

    def replays(self) -> list[tuple[Tensor, Tensor]]:
        """Noise and labels of each past class."""
        each = self.settings.batch // self.past
        z = self.noise(each * self.past).split(each)
        return [(part, torch.full((each,), k, device=self.device)) for k, part in enumerate(z)]

    def penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        weight = torch.rand(len(real), 1, 1, 1, device=self.device)
        between = (real + weight * (fake - real)).requires_grad_()
        (gradient,) = torch.autograd.grad(self.critic(between)[0].sum(), between, create_graph=True)
        return ((gradient.square().sum((1, 2, 3)).sqrt() - 1) ** 2).mean()

    def generator_step(self) -> Tensor:
        y, z = self.new_labels(self.settings.batch), self.noise(self.settings.batch)
        scores, logits = self.critic(self.generator(z, y))
        loss = cross_entropy(logits, y) - scores.mean()
        for z, y in self.replays() if self.name != "sft" else []:
            fake = self.generator(z, y)
            if self.name == "mergan_jtr":
                scores, logits = self.critic(fake)
                loss = loss + cross_entropy(logits, y) - scores.mean()
            else:
                with torch.no_grad():
                    old = self.old(z, y)
                loss = loss + self.settings.alignment / self.past * (fake - old).square().sum() / 2
        self.generator_adam.zero_grad()
        loss.backward()
        self.generator_adam.step()
        return loss

    def critic_step(self, real: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            fake = self.generator(self.noise(len(real)), self.new_labels(len(real)))
        loss = self.settings.penalty * self.penalty(real, fake)
        scores, logits = self.critic(real)
        loss = loss + self.critic(fake)[0].mean() - scores.mean() + cross_entropy(logits, y)
        for z, past in self.replays() if self.name == "mergan_jtr" else []:
            with torch.no_grad():
                new, old = self.generator(z, past), self.old(z, past)
            scores, logits = self.critic(old)
            loss = loss + self.critic(new)[0].mean() - scores.mean() + cross_entropy(logits, past)
        self.critic_adam.zero_grad()
        loss.backward()
        self.critic_adam.step()
        return loss

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        loss_g = self.generator_step()
        n = self.settings.batch
        for x, y in zip(batch["x"].split(n), batch["y"].split(n), strict=True):
            loss_d = self.critic_step(x.float() / 127.5 - 1, y)
        return {"loss_g": loss_g.detach(), "loss_d": loss_d.detach()}


def pair(name: str, past: int, device: torch.device) -> tuple[AcGan, Plain]:
    """The library's method at the start of a task and its plain twin."""
    settings = Settings(CATALOGUE.method(name, "benchmark").settings)
    tasks = [Task(k + 1, str(k), "noise", (k,), (k,)) for k in range(past + 1)]
    before = METHODS[name](settings, tasks[:1], 32, 1, device, None)
    before.begin(None, {})
    method = METHODS[name](settings, tasks, 32, 1, device, None)
    method.begin(before.state(), {})
    method.iterations = 1  # the first iteration of a task has no generator step
    return method, Plain(name, method, settings, past)


def compare(name: str, past: int, rounds: int, device: torch.device) -> dict[str, float]:
    """Median milliseconds of both, and their ratio."""
    method, plain = pair(name, past, device)
    n = method.images_a_step
    batch = {"x": torch.randint(0, 256, (n, 1, 32, 32), dtype=torch.uint8, device=device)}
    batch["y"] = torch.full((n,), past, device=device)
    check_equal(method.step, plain.step, batch)
    return in_turn(method.step, plain.step, batch, rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--past", type=int, default=4, help="classes learned before")
    args = options(parser)
    torch.manual_seed(0)
    device = torch.device(args.device)
    result = {key: getattr(args, key) for key in ("past", "rounds", "threads", "device")}
    result |= {"torch": torch.__version__}
    result |= {name: compare(name, args.past, args.rounds, device) for name in args.methods}
    show(result, args.output)


if __name__ == "__main__":
    main()
