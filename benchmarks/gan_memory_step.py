"""Time a GAN Memory iteration against the released operations written out plainly, interleaved in one process.

    python benchmarks/gan_memory_step.py --rounds 30
    python benchmarks/gan_memory_step.py --size 64 --width 32

An iteration is one generator step and one discriminator step with R1. The plain version standardises and modulates the
source weights in every forward pass, as released, asks the discriminator about the fakes once in each step, keeps
tensors contiguous and updates parameter by parameter. Both see the same images and draw the same numbers; after the
first iteration their losses must agree, or nothing is timed. The ratio is of medians: under 1 the library is faster.
Bar on a CPU: 1 / 1.5. Printed too is the share of the core's matrix product peak that the convolutions reach.
"""

import argparse
import copy
import sys
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import torch
from timing import check_equal, in_turn, options, peak, show
from torch import Tensor
from torch.func import functional_call
from torch.nn.functional import softplus
from torch.utils.flop_counter import FlopCounterMode

from mneme.data.dequantise import dequantise
from mneme.data.stream import Task
from mneme.method import Method
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.networks.styles import StyledNetwork
from mneme.settings import Settings

SETTINGS = {"lr": 1e-4, "r1": 10.0, "ema": 0.999, "normalise": True, "bias": True, "discriminator": "raw"}
SETTINGS |= {"source": "raw", "conditional": False, "optimiser": "adam", "fresh_fakes": False}
Learner = TypeVar("Learner", bound=Method)


class Player:
    """A styled network whose weights are formed from the source's in every call."""

    def __init__(self, styled: StyledNetwork) -> None:
        self.network = copy.deepcopy(styled.network).to(memory_format=torch.contiguous_format)
        self.normalise, self.layers = styled.normalise, styled.layers
        self.source = {name: value.contiguous() for name, value in styled.source().items()}
        self.styles = {name: value.detach().clone().requires_grad_() for name, value in styled.style().items()}
        free = [p for p in self.network.parameters() if p.requires_grad]
        adam = {"lr": SETTINGS["lr"], "betas": (0.0, 0.99), "foreach": False}
        self.parameters = [*self.styles.values(), *free]
        self.adam = torch.optim.Adam(self.parameters, **adam)

    def weights(self) -> dict[str, Tensor]:
        formed = {}
        for name in self.layers:
            layer = self.network.get_submodule(name)
            pattern, dims = layer.weight, tuple(range(2, layer.weight.dim())) or (1,)
            if self.normalise:
                std, mean = torch.std_mean(pattern, dim=dims, correction=1, keepdim=True)
                pattern = (pattern - mean) / std
            scale = self.source[f"{name}.scale"] + self.styles[f"{name}.scale"]
            shift = self.source[f"{name}.shift"] + self.styles[f"{name}.shift"]
            trailing = (1,) * (pattern.dim() - scale.dim())
            formed[f"{name}.weight"] = pattern * scale.view(*scale.shape, *trailing) + shift.view(
                *shift.shape, *trailing
            )
            if f"{name}.bias" in self.styles:
                formed[f"{name}.bias"] = layer.bias + self.styles[f"{name}.bias"]
        return formed

    def __call__(self, *inputs: Tensor) -> Tensor:
        return functional_call(self.network, self.weights(), inputs)

    def train(self, wanted: bool) -> None:
        for parameter in self.parameters:
            parameter.requires_grad_(wanted)

    def descend(self, loss: Tensor) -> None:
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()


class Plain:
    """The loop of the paper's code for one task."""

    def __init__(self, method: GanMemory) -> None:
        self.generator, self.discriminator = Player(method.generator), Player(method.discriminator)
        self.average = {name: style.detach().clone() for name, style in self.generator.styles.items()}
        self.noise, self.device = method.noise, method.device

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        G, D = self.generator, self.discriminator
        x, y = dequantise(batch["x"]), torch.zeros_like(batch["y"])
        z = torch.randn(len(x), self.noise, device=self.device)
        D.train(False)
        fake = G(z, y)
        loss_g = softplus(-D(fake, y)).mean()
        G.descend(loss_g)
        D.train(True)
        x.requires_grad_()
        real = D(x, y)
        (gradient,) = torch.autograd.grad(real.sum(), x, create_graph=True)
        r1 = gradient.square().flatten(1).sum(1).mean()
        loss_d = softplus(-real).mean() + softplus(D(fake.detach(), y)).mean()
        D.descend(loss_d + SETTINGS["r1"] * r1)
        with torch.no_grad():
            for name, style in G.styles.items():
                self.average[name].mul_(SETTINGS["ema"]).add_(style, alpha=1 - SETTINGS["ema"])
        return {"loss_g": loss_g.detach(), "loss_d": loss_d.detach(), "r1": r1.detach()}


def operations(method: GanMemory, batch: dict[str, Tensor]) -> int:
    """Floating point operations of an iteration, of convolutions and matrix products: 3 forward passes' worth of the
    generator (with its backward pass) and 10 of the discriminator (two forward and backward passes, of which one to the
    fakes alone, and R1's gradient with the backward pass through it)."""
    z, y = torch.randn(len(batch["x"]), method.noise, device=method.device), torch.zeros_like(batch["y"])
    with torch.no_grad(), FlopCounterMode(display=False) as generator:
        fake = method.generator.formed()(z, y)
    with torch.no_grad(), FlopCounterMode(display=False) as discriminator:
        method.discriminator.formed()(fake, y)
    return 3 * generator.get_total_flops() + 10 * discriminator.get_total_flops()


def add_shape(parser: argparse.ArgumentParser) -> None:
    """Options of the networks and of a batch."""
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=16)


def begun(method: type[Learner], args: argparse.Namespace) -> tuple[Learner, dict[str, Tensor]]:
    """A method at the start of a task on an untrained base, and a batch of noise."""
    device, task = torch.device(args.device), Task(1, "task", "noise", (0,), (0,))
    shape = {"size": args.size, "channels": 3, "width": args.width, "noise": 64, "labels": None}
    generator = Generator(**shape).state_dict()
    discriminator = Discriminator(size=args.size, channels=3, width=args.width).state_dict()
    base = {"shape": shape, "generator": generator, "average": generator, "discriminator": discriminator}
    learner = method(Settings(SETTINGS), [task], args.size, 3, device, base)
    learner.begin(base, {})
    x = torch.randint(0, 256, (args.batch, 3, args.size, args.size), dtype=torch.uint8, device=device)
    return learner, {"x": x, "y": torch.zeros(args.batch, dtype=torch.int64, device=device)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shape(parser)
    args = options(parser)
    torch.manual_seed(0)
    method, batch = begun(GanMemory, args)
    plain = Plain(method)
    check_equal(method.step, plain.step, batch)
    timed = in_turn(method.step, plain.step, batch, args.rounds)
    rate = operations(method, batch) / (timed["mneme_ms"] / 1000)
    result = {key: getattr(args, key) for key in ("size", "width", "batch", "rounds", "threads", "device")}
    show({**result, "torch": torch.__version__, **timed, "share_of_peak": rate / peak(method.device)}, args.output)


if __name__ == "__main__":
    main()
