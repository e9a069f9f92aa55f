"""Gather an experiment's measured rows into tidy tables: quality, summary of each chain, curves, classification."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--evaluations", nargs="*", type=Path, default=[], help="rows of the evaluate and reverse jobs")
    parser.add_argument("--curves", nargs="*", type=Path, default=[], help="rows of the curve and evolution jobs")
    parser.add_argument("--classifications", nargs="*", type=Path, default=[], help="rows of the solve jobs")
    for name in ("quality", "summary", "curve", "classification"):
        for kind in ("csv", "parquet"):
            parser.add_argument(f"--{name}-{kind}", type=Path, required=True)
    args = parser.parse_args()

    from mneme import files
    from mneme.evaluation import table

    origin = {"tier": args.spec["tier"], "experiment": args.spec["experiment"]}
    measured, along, solved = (
        [origin | row for path in paths for row in files.read_json(path)]
        for paths in (args.evaluations, args.curves, args.classifications)
    )
    quality = table.quality(measured)
    tables = {"quality": quality, "summary": table.summary(quality), "curve": table.curve(along)}
    for name, frame in {**tables, "classification": table.classification(solved)}.items():
        table.write_csv(frame, getattr(args, f"{name}_csv"))
        table.write_parquet(frame, getattr(args, f"{name}_parquet"))
        print(f"{name}: {len(frame)} rows", file=sys.stderr)


if __name__ == "__main__":
    run(main)
