"""Turn a published GP-GAN checkpoint into a base GAN: the same file that training one leaves."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import UserError, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--weights", type=Path, required=True, help="the published file")
    parser.add_argument("--checkpoint", type=Path, required=True)
    args = parser.parse_args()

    from mneme import files
    from mneme.methods.base.published import read
    from mneme.spec import spec_hash
    from mneme.training.job import numbers

    found, wanted = f"sha256:{files.sha256(args.weights)}", args.spec["checksum"]
    if not found.startswith(wanted):
        raise UserError(f"{args.weights}: has {found}, but {wanted} is asked for; put the published file there")
    state = read(args.weights, args.spec["size"], args.spec["channels"])
    status = {"state": "ok", "step": 0, "reason": ""}
    parameters = numbers({"average": state["average"]})
    files.save(
        args.checkpoint, {"spec": spec_hash(args.spec), "status": status, "parameters": parameters, "state": state}
    )
    print(f"{found}: {parameters:,} parameters in the generator, width {state['shape']['width']}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
