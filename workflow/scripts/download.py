"""Fetch one file of a dataset and verify its checksum."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from mneme.data.download import download
from mneme.errors import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--mirror", default="", help="folder or URL prefix that is tried first; empty for none")
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()

    fetched = download(options.spec, options.mirror, options.output)
    for place, why in fetched.troubles.items():
        print(f"passed over {place}: {why}")
    print(f"{options.output}: {fetched.size:,} bytes from {fetched.source}, {options.spec['checksum']} verified")
    print(f"licence: {options.spec['licence']}")


if __name__ == "__main__":
    run(main)
