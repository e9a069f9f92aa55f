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
    parser.add_argument("--checkpoints", nargs="+", required=True, metavar="METHOD/TASK=FILE", help="in order of tasks")
    parser.add_argument(
        "--benchmarks", type=Path, required=True, help="folder of Snakemake's measurements at this tier"
    )
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    from mneme.files import write_json
    from mneme.probes.storage import rows
    from mneme.spec import spec_hash

    spec, chains, found = args.spec, {}, []
    for name, _, path in (word.partition("=") for word in args.checkpoints):
        chains.setdefault(name.partition("/")[0], []).append(Path(path))
    for method, checkpoints in chains.items():
        # <stream>/<method>/seed<k>/task<t>, of the method whose job it was: another's first task may be shared
        benchmarks = [args.benchmarks.joinpath(*path.parts[-5:-1]).with_suffix(".jsonl") for path in checkpoints]
        found += rows(method, checkpoints, benchmarks, method in spec["together"])
        print(f"{method}: {found[-1]['bytes']:,} bytes after {len(checkpoints)} tasks", file=sys.stderr)
    write_json(args.output, [{**row, "seed": spec["seed"], "spec": spec_hash(spec)} for row in found])


if __name__ == "__main__":
    run(main)
