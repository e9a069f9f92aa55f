"""Count the parameters that each method keeps of a task, beside those of the base generator."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument(
        "--checkpoints", nargs="+", required=True, metavar="METHOD=FILE", help="of a method's last task"
    )
    parser.add_argument("--base", type=Path, required=True, help="checkpoint of the base GAN")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    from mneme.files import load, write_json
    from mneme.methods.gan_memory.counting import count

    generator = load(args.base, "parameters", mmap=True)["parameters"]
    counts = {}
    for method, path in (pair.split("=", 1) for pair in args.checkpoints):
        checkpoint = load(Path(path), "parameters", "state", mmap=True)
        counts[method] = {"per_task": checkpoint["parameters"], "generator": generator}
        if "bases" in checkpoint["state"]:  # a compressed chain, whose tasks differ
            counts[method]["tasks"] = count(checkpoint["state"])[0]
        share = counts[method]["per_task"] / generator
        print(f"{method}: {counts[method]['per_task']:,} a task, {share:.1%} of the base generator", file=sys.stderr)
    write_json(args.output, counts)


if __name__ == "__main__":
    run(main)
