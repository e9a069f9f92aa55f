"""Time a step of Hyper-LifelongGAN against the paper's equations in plain PyTorch, interleaved in one process.

    python benchmarks/hyper_step.py --threads 1 --rounds 15
    python benchmarks/hyper_step.py --device cuda --size 128 --rounds 50

A step is one of the discriminator and one of the generator on pairs, with the generators of all earlier tasks distilled
(equation 10). Width 8 is the demo (3 blocks, batch 4), width 64 is published (6 blocks, batch 1). The plain version
below has a module for each layer, which makes its filters in every pass (equations 3 and 4), judges real and fake
images one after the other, lets ``backward`` fill all gradients, and has Adam(foreach=False). Both see the same images
and draw the same numbers; the losses of the first and of the second step must agree, or nothing is timed. The ratio is
of medians: under 1 the library is faster. ``peak`` is the library's share of the arithmetic of one large matrix product
a second: forward and backward of convolutions and products.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import torch
from timing import check_equal, in_turn, options, peak, show
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.methods.hyper.hyper_lifelong_gan import HyperLifelongGan
from mneme.networks.hyper_translator import HyperTranslator
from mneme.networks.patch_discriminator import PatchDiscriminator
from mneme.settings import Settings

CATALOGUE = Catalogue({"experiments": ["x"]}, Path(__file__).resolve().parents[1] / "config")
Step = Callable[[dict[str, Tensor]], dict[str, Tensor]]


class Factorised(nn.Module):
    """F_i = R(B_i C_i W), B_i = H_i(z), of one layer and all tasks."""

    def __init__(self, translator: HyperTranslator, index: int) -> None:
        super().__init__()
        layer, own = translator.layers[index], translator.generators
        self.layer, self.k = layer, translator.weights[index].shape[2]
        self.weight = nn.Parameter(translator.weights[index].detach().permute(2, 1, 0).flatten(1).contiguous())
        self.hidden, self.heads, self.coefficients = nn.ModuleList(), nn.ModuleList(), nn.ParameterList()
        place = [other.kernel for other in translator.layers[:index]].count(layer.kernel)
        for slot in translator.slots:
            hidden, head = own[slot].hidden[index], own[slot].heads[str(layer.kernel)][place]
            for kept, weight in ((self.hidden, hidden), (self.heads, head)):
                linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False)
                linear.weight = nn.Parameter(weight.detach().clone())
                kept.append(linear)
            self.coefficients.append(own[slot].coefficients[index].detach().clone())

    def forward(self, task: int, z: Tensor) -> Tensor:
        """Filters [out, in, k, k]."""
        base = self.heads[task](F.relu(self.hidden[task](z[0]))).view(-1, self.k)
        filters = base @ (self.coefficients[task] @ self.weight)
        size = (self.layer.kernel, self.layer.kernel, self.layer.fan_in, self.layer.fan_out)
        return filters.view(size).permute(3, 2, 0, 1).contiguous()


class PlainTranslator(nn.Module):
    """ResNet of such layers, with an instance norm of each task behind every layer but the last."""

    def __init__(self, translator: HyperTranslator) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Factorised(translator, index) for index in range(len(translator.layers)))
        self.norms = nn.ModuleList()
        for slot in translator.slots:
            norms = [nn.InstanceNorm2d(width, affine=True) for width in translator.normalised]
            own = translator.norms[slot]
            scales, offsets = own.scale.split(translator.normalised), own.offset.split(translator.normalised)
            with torch.no_grad():
                for norm, scale, offset in zip(norms, scales, offsets, strict=True):
                    norm.weight.copy_(scale)
                    norm.bias.copy_(offset)
            self.norms.append(nn.ModuleList(norms))

    def forward(self, x: Tensor, task: int, z: Tensor) -> Tensor:
        filters, norms = [layer(task, z) for layer in self.layers], self.norms[task]

        def padded(x: Tensor, pad: int, index: int) -> Tensor:
            return F.conv2d(F.pad(x, (pad,) * 4, mode="reflect"), filters[index])

        h = F.relu(norms[0](padded(x, 3, 0)))
        for index in (1, 2):
            h = F.relu(norms[index](F.conv2d(h, filters[index], stride=2, padding=1)))
        last = len(filters) - 1
        for index in range(3, last - 2, 2):
            inner = F.relu(norms[index](padded(h, 1, index)))
            h = h + norms[index + 1](padded(inner, 1, index + 1))
        for index in (last - 2, last - 1):
            weight = filters[index].transpose(0, 1).contiguous()
            h = F.relu(norms[index](F.conv_transpose2d(h, weight, stride=2, padding=1, output_padding=1)))
        return torch.tanh(padded(h, 3, last))


class Plain:
    """Equation 10 with pix2pix as the task loss."""

    def __init__(self, method: HyperLifelongGan) -> None:
        self.settings, self.device, self.past = method.settings, method.device, len(method.tasks) - 1
        self.generator = PlainTranslator(method.translators["forward"]).to(self.device)
        self.old = PlainTranslator(method.teachers["forward"]).to(self.device) if self.past else None
        shape = {"width": self.settings.patch_width, "depth": self.settings.patch_depth}
        self.critic = PatchDiscriminator(size=method.size, channels=2 * method.channels, **shape).to(self.device)
        self.critic.load_state_dict(method.game.discriminator.state_dict())
        adam = {"betas": (0.5, 0.999), "foreach": False}
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), lr=self.settings.lr, **adam)
        self.critic_adam = torch.optim.Adam(self.critic.parameters(), lr=self.settings.lr_d, **adam)

    def judged(self, scores: Tensor, real: bool) -> Tensor:
        return F.binary_cross_entropy_with_logits(scores, torch.full_like(scores, float(real)))

    def step(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        a, b = (batch[name].float() / 127.5 - 1 for name in "ax")
        z = torch.randn(1, self.settings.noise, device=self.device)
        fake = self.generator(a, self.past, z)
        loss_d = self.judged(self.critic(a, b), True) + self.judged(self.critic(a, fake.detach()), False)
        self.critic_adam.zero_grad()
        (loss_d / 2).backward()
        self.critic_adam.step()
        loss_g, distance = self.judged(self.critic(a, fake), True), (fake - b).abs().mean()
        penalty = torch.zeros((), device=self.device)
        for task in range(self.past):
            with torch.no_grad():
                old = self.old(b, task, z)
            penalty = penalty + self.settings.beta * (self.generator(b, task, z) - old).abs().mean()
        self.generator_adam.zero_grad()
        (loss_g + self.settings.l1 * distance + penalty).backward()
        self.generator_adam.step()
        losses = {"loss_d": loss_d / 2, "loss_g": loss_g, "l1": distance}
        return {name: value.detach() for name, value in (losses | ({"penalty": penalty} if self.past else {})).items()}


def pair(width: int, task: int, size: int, device: torch.device) -> tuple[HyperLifelongGan, Plain]:
    """The method at the start of a task and its plain twin."""
    declared = CATALOGUE.method("hyper_lifelong_gan", "benchmark")
    values = {**declared.settings, **(declared.tiers["demo"] if width < 64 else {}), "width": width, "steps": 10**6}
    tasks = [Task(k + 1, str(k), "noise", (k,), (k,), False, "paired", "noise") for k in range(task)]
    state = None
    for known in range(1, task + 1):
        method = HyperLifelongGan(Settings(values), tasks[:known], size, 3, device, None)
        method.begin(state, {})
        state = method.state()
    return method, Plain(method)


def compare(width: int, task: int, rounds: int, size: int, device: torch.device) -> dict[str, object]:
    """Median milliseconds of both, their ratio, and the library's share of the peak."""
    method, plain = pair(width, task, size, device)
    n = method.images_a_step
    images = torch.randint(0, 256, (2, n, 3, size, size), dtype=torch.uint8, device=device)
    batch = {"a": images[0], "x": images[1], "y": torch.zeros(n, dtype=torch.long, device=device)}
    for seed in (1, 2):
        check_equal(method.step, plain.step, batch, seed)
    with FlopCounterMode(display=False) as counter:
        method.step(batch)
    found = in_turn(method.step, plain.step, batch, rounds)
    share = counter.get_total_flops() / (found["mneme_ms"] / 1000) / peak(device)
    return {**found, "peak": share}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widths", nargs="+", type=int, default=[8, 64])
    parser.add_argument("--tasks", nargs="+", type=int, default=[1, 4])
    parser.add_argument("--size", type=int, default=32, help="pixels of an image")
    args = options(parser)
    torch.manual_seed(0)
    device = torch.device(args.device)
    result = {key: getattr(args, key) for key in ("size", "rounds", "threads", "device")}
    result |= {"torch": torch.__version__}
    for width in args.widths:
        for task in args.tasks:
            result[f"width {width}, task {task}"] = compare(width, task, args.rounds, args.size, device)
    show(result, args.output)


if __name__ == "__main__":
    main()
