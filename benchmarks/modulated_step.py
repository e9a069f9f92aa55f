"""Time a modulated training step against a fine-tuning step of the same network, interleaved in one run.

    python benchmarks/modulated_step.py --size 32 --width 16 --rounds 20

Bar: a step that trains styles takes at most 1.15 times as long as one that trains all parameters (CPU).
"""

import argparse

import torch
from gan_memory_step import add_shape, begun
from timing import in_turn, options, show

from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.methods.gan_memory.transfer import Transfer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_shape(parser)
    args = options(parser)
    torch.manual_seed(0)
    (modulated, batch), (tuned, _) = begun(GanMemory, args), begun(Transfer, args)
    times = in_turn(modulated.step, tuned.step, batch, args.rounds, names=("modulated", "fine_tuned"))
    result = {key: getattr(args, key) for key in ("size", "width", "batch", "rounds", "threads", "device")}
    show({**result, "torch": torch.__version__, **times}, args.output)


if __name__ == "__main__":
    main()
