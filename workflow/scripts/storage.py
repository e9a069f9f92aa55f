"""Weigh the files that each method keeps of each task, and gather what training took."""

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
        "--chains", type=json.loads, required=True, help="method -> checkpoints, benchmarks, together, as JSON"
    )
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    from mneme.evaluation.storage import rows
    from mneme.files import write_json
    from mneme.spec import spec_hash

    found = []
    for method, chain in args.chains.items():
        checkpoints, benchmarks = ([Path(path) for path in chain[kind]] for kind in ("checkpoints", "benchmarks"))
        found += rows(method, checkpoints, benchmarks, chain["together"])
        print(f"{method}: {found[-1]['bytes']:,} bytes after {found[-1]['task']} tasks", file=sys.stderr)
    write_json(args.output, [{**row, "seed": args.spec["seed"], "spec": spec_hash(args.spec)} for row in found])


if __name__ == "__main__":
    run(main)
