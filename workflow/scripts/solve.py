"""Let a solver, a classifier of the stream, learn one task and test it on all tasks so far."""

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
    parser.add_argument("--previous", type=Path, help="the solver's checkpoint after the task before")
    parser.add_argument("--resnet18-weights", type=Path, help="published weights that the first task starts from")
    parser.add_argument("--base", type=Path, help="checkpoint of the base GAN, where the generator is built on it")
    parser.add_argument("--checkpoints", nargs="*", default=[], metavar="INDEX=FILE", help="the generator's")
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument(
        "--save-every",
        type=float,
        default=os.environ.get("MNEME_SAVE_EVERY", 120),
        help="seconds between resume states",
    )
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--rows", type=Path, required=True, help="rows of the classification table, JSON")
    parser.add_argument("--losses", type=Path, required=True)
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme.machine.device import choose_device
    from mneme.solvers.job import solve_task
    from mneme.training.resume import Resume

    device = choose_device(args.device, args.spec["threads"])
    data = {name: Path(path) for name, path in (pair.split("=", 1) for pair in args.data)}
    checkpoints = {int(index): Path(path) for index, path in (pair.split("=", 1) for pair in args.checkpoints)}
    others = filter(None, (args.previous, args.resnet18_weights, args.base))
    inputs = [*data.values(), *checkpoints.values(), *others]
    resume = Resume.beside(args.checkpoint, args.spec, args.code, inputs, args.save_every)
    resume.listen()
    solve_task(
        args.spec,
        data=data,
        previous=args.previous,
        weights=args.resnet18_weights,
        base=args.base,
        checkpoints=checkpoints,
        device=device,
        resume=resume,
        outputs={"checkpoint": args.checkpoint, "rows": args.rows, "losses": args.losses},
    )


if __name__ == "__main__":
    run(main)
