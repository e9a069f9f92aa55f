"""Measure the samples of every task learned so far from one checkpoint: row t of R[t, i]."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run
from mneme.evaluation import arguments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    arguments.model(parser)
    arguments.judges(parser)
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument("--output", type=Path, required=True, help="rows of the quality table, JSON")
    parser.add_argument("--samples", type=Path, required=True, help="a grid of samples of every task, and features")
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.data.stream import Task
    from mneme.evaluation import judges
    from mneme.evaluation.extractor import extract
    from mneme.evaluation.job import begin, identity, named_paths
    from mneme.evaluation.quality import judge_task, line
    from mneme.spec import spec_hash
    from mneme.training.restore import restore

    spec = args.spec
    device = begin(args.device, spec["threads"])
    panel = judges.read(args, spec, device)
    method, statuses = restore(
        spec["chain"],
        {int(index): expected for index, expected in spec["checkpoints"].items()},
        args.base,
        named_paths(args.checkpoints, "--checkpoints", int),
        device,
    )

    rows, grids, features = [], {}, {}
    for task in map(Task.from_dict, spec["tasks"]):
        status = statuses[task.index]["state"]
        origin, accuracy = identity(spec, device), spec["accuracy"]
        found, images = judge_task(method, task, status, panel, origin, device=device, accuracy=accuracy)
        rows += found
        if images is not None:
            grids[str(task.index)] = images[: spec["grid"]].clone()
            features[str(task.index)] = extract(panel[0].extractor, images[: spec["points"]], device)["features"]
        print(f"task {task.index} '{task.name}' ({status}): {line(found)}", file=sys.stderr, flush=True)
    files.save(args.samples, {"spec": spec_hash(spec), **grids, "features": features})
    files.write_json(args.output, rows)


if __name__ == "__main__":
    run(main)
