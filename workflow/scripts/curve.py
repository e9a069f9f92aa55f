"""Measure a task at every snapshot of one training job: quality against step."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run
from mneme.evaluation import arguments

KEPT = 8  # samples of each step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--base", type=Path, help="checkpoint of the base GAN")
    parser.add_argument("--snapshots", type=Path, required=True)
    arguments.judges(parser)
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument("--output", type=Path, required=True, help="rows of the curve table, JSON")
    parser.add_argument("--samples", type=Path, help="a few samples at every step")
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.evaluation import judges
    from mneme.evaluation.job import begin, identity
    from mneme.evaluation.quality import line
    from mneme.probes.curve import judge_snapshots
    from mneme.spec import spec_hash

    spec = args.spec
    device = begin(args.device, spec["threads"])
    panel = judges.read(args, spec, device)
    rows, samples = [], {}
    for found, images in judge_snapshots(spec, args.base, args.snapshots, panel, identity(spec, device), device):
        rows += found
        if images is not None:
            samples[str(found[0]["step"])] = images[:KEPT].clone()
        print(f"step {found[0]['step']}: {line(found)}", file=sys.stderr, flush=True)
    if args.samples:
        files.save(args.samples, {"spec": spec_hash(spec), **samples})
    files.write_json(args.output, rows)


if __name__ == "__main__":
    run(main)
