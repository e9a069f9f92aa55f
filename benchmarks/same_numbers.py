"""Whether two folders of results hold the same numbers: every table, figure and ledger, to the last digit.

    python benchmarks/same_numbers.py BEFORE/results/demo AFTER/results/demo

What a result says of its origin (hashes of specs), the seconds that jobs took and published numbers are left out.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

ORIGIN = {"spec", "specs", "seconds", "cpu_seconds", "published", "matrices"}


def values(path: Path) -> Any:
    """The content of a table or of a JSON file, without its origin."""
    if path.suffix == ".csv":
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        return frame.drop(columns=[name for name in frame if name in ORIGIN]).to_dict("records")
    return without(json.loads(path.read_text(encoding="utf-8")))


def without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without(part) for key, part in value.items() if key not in ORIGIN}
    return [without(part) for part in value] if isinstance(value, list) else value


def main() -> None:
    before, after = map(Path, sys.argv[1:])
    patterns = ("tables/*/*.csv", "tables/*/*.json", "figures/*/*.csv", "claims/*.json")
    found = (path for pattern in patterns for path in before.glob(pattern) if path.stem != "cost")
    names = sorted(str(path.relative_to(before)) for path in found)
    numbers, wrong = 0, []
    for name in names:
        if not (after / name).exists():
            wrong.append(f"{name}: missing")
            continue
        old, new = values(before / name), values(after / name)
        numbers += len(old) * len(old[0]) if name.endswith(".csv") and old else 1
        if old != new:
            pairs = zip(old, new, strict=False) if isinstance(old, list) else [(old, new)]
            wrong.append(f"{name}: {next(((a, b) for a, b in pairs if a != b), 'another number of rows')}")
    print(f"{len(names)} files, {numbers} values compared, {len(wrong)} files differ", *wrong, sep="\n")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
