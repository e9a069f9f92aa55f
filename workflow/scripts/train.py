"""Train one task of one method, or a base GAN: one process, one checkpoint."""

import argparse
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--code", default="", help="hash of the code; the state of other code is not resumed")
    parser.add_argument("--data", nargs="+", required=True, metavar="DATASET=FILE", help="prepared datasets")
    parser.add_argument("--base", type=Path, help="checkpoint of the base GAN")
    parser.add_argument("--previous", type=Path, help="checkpoint to start from, where it is not the base GAN")
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument(
        "--save-every",
        type=float,
        default=os.environ.get("MNEME_SAVE_EVERY", 120),
        help="seconds between resume states",
    )
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--snapshots", type=Path, required=True)
    parser.add_argument("--losses", type=Path, required=True)
    parser.add_argument("--timing", type=Path, help="seconds a step, along the way; of no influence on other files")
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme.machine.device import choose_device
    from mneme.training.job import train_task
    from mneme.training.resume import Resume

    device = choose_device(args.device, args.spec["threads"])
    data = {name: Path(path) for name, path in (pair.split("=", 1) for pair in args.data)}
    inputs = [*data.values(), *filter(None, (args.base, args.previous))]
    resume = Resume.beside(args.checkpoint, args.spec, args.code, inputs, args.save_every)
    resume.listen()
    train_task(
        args.spec,
        data=data,
        base=args.base,
        previous=args.previous,
        device=device,
        resume=resume,
        outputs={
            name: path
            for name in ("checkpoint", "snapshots", "losses", "timing")
            if (path := getattr(args, name)) is not None
        },
    )


if __name__ == "__main__":
    run(main)
