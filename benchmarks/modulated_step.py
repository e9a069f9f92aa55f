"""Time a modulated training step against a fine-tuning step of the same network, interleaved in one run.

    python benchmarks/modulated_step.py --size 32 --width 16 --rounds 20

Bar: a step that trains styles takes at most 1.15 times as long as one that trains all parameters (CPU). The two are
timed in turn, so that other work on the machine falls on both; the ratio is of medians.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import torch
from timing import show, timed

from mneme.data.stream import Task
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.methods.gan_memory.transfer import Transfer
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.settings import Settings

SETTINGS = {"lr": 1e-4, "r1": 10.0, "ema": 0.999, "optimiser": "adam", "fresh_fakes": False}
SETTINGS |= {"normalise": True, "bias": True, "discriminator": "raw", "source": "raw", "conditional": False}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--output", type=Path, help="where to keep the result, JSON")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    device, task = torch.device(args.device), Task(1, "task", "noise", (0,), (0,))
    shape = {"size": args.size, "channels": 3, "width": args.width, "noise": 64, "labels": None}
    generator = Generator(**shape).state_dict()
    discriminator = Discriminator(size=args.size, channels=3, width=args.width).state_dict()
    base = {"shape": shape, "generator": generator, "average": generator, "discriminator": discriminator}
    x = torch.randint(0, 256, (args.batch, 3, args.size, args.size), dtype=torch.uint8, device=device)
    batch = {"x": x, "y": torch.zeros(args.batch, dtype=torch.int64, device=device)}

    methods = {
        cls.__name__: cls(Settings(SETTINGS), [task], args.size, 3, device, base) for cls in (GanMemory, Transfer)
    }
    for method in methods.values():
        method.begin(base, {})
        method.step(batch)  # warm up
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(args.rounds):
        for name, method in methods.items():
            seconds[name].append(timed(method.step, batch))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    result = {
        **{key: getattr(args, key) for key in ("size", "width", "batch", "rounds", "threads", "device")},
        "torch": torch.__version__,
        "median_seconds": medians,
        "ratio": medians["GanMemory"] / medians["Transfer"],
    }
    show(result, args.output)


if __name__ == "__main__":
    main()
