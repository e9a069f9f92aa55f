"""Reverse accuracy of a checkpoint; without one, of real images: the ceiling."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.errors import run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--data", nargs="+", required=True, metavar="DATASET=FILE", help="prepared datasets")
    parser.add_argument("--base", type=Path, help="checkpoint of the base GAN, where the method trains on top of it")
    parser.add_argument("--checkpoints", nargs="*", default=[], metavar="INDEX=FILE", help="none: real images")
    parser.add_argument("--ceiling", type=Path, help="what the classifier reached that learned from real images")
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument("--output", type=Path, required=True, help="rows of the quality table, or the ceiling, JSON")
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.data.load import load_many
    from mneme.data.stream import Task
    from mneme.evaluation.job import begin, identity, named_paths
    from mneme.probes import reverse
    from mneme.spec import check_lineage, spec_hash

    spec, data = args.spec, named_paths(args.data, "--data")
    device, n = begin(args.device, spec["threads"]), spec["settings"]["n"]
    tasks = [Task.from_dict(task) for task in spec["tasks"]]
    test = load_many(tasks, "test", data, spec["channels"], spec["data"])

    if not args.checkpoints:
        images, labels = reverse.real_images(tasks, data, spec["channels"], n, spec["data"])
        found = reverse.accuracies(images, labels, test, tasks, spec, device)
        files.write_json(args.output, {"spec": spec_hash(spec), "tasks": {str(i): value for i, value in found.items()}})
        return

    from mneme.training.restore import restore

    ceiling = files.read_json(args.ceiling)
    check_lineage(ceiling, spec["ceiling"], args.ceiling)
    expected = {int(index): name for index, name in spec["checkpoints"].items()}
    paths = named_paths(args.checkpoints, "--checkpoints", int)
    method, statuses = restore(spec["chain"], expected, args.base, paths, device)
    status = next((one["state"] for one in statuses.values() if one["state"] != "ok"), "ok")
    if reason := reverse.why_undefined(method, tasks):
        print(f"no reverse accuracy: {reason}", file=sys.stderr)
        files.write_json(args.output, [])
        return
    found = {}
    if status == "ok":
        origin = {"stream": spec["stream"], "seed": spec["seed"]}
        images, labels = reverse.generated_images(method, tasks, n, **origin, device=device)
        found = reverse.accuracies(images, labels, test, tasks, spec, device)
    known = {int(index): value for index, value in ceiling["tasks"].items()}
    rows = reverse.rows(found, known, test["y"], tasks, status, identity(spec, device))
    files.write_json(args.output, rows)
    print(f"{status}: {', '.join(f'task {index} {value:.1%}' for index, value in found.items())}", file=sys.stderr)


if __name__ == "__main__":
    run(main)
