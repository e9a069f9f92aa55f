"""Extract a task's real features, and measure real images against real images."""

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
    parser.add_argument("--classifier", type=Path, help="where the extractor is the classifier")
    parser.add_argument("--inception-weights", type=Path, help="published weights, where the extractor is inception")
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.data.load import load
    from mneme.data.stream import Task
    from mneme.errors import UserError
    from mneme.evaluation import classifier, reference
    from mneme.evaluation.extractor import create
    from mneme.evaluation.job import begin, named_paths
    from mneme.spec import derive_seed, spec_hash

    spec, data = args.spec, named_paths(args.data, "--data")
    task, kind = Task.from_dict(spec["task"]), spec["extractor"]
    device = begin(args.device, spec["threads"])
    weights = {"classifier": args.classifier, "inception": args.inception_weights}[kind]
    if weights is None:
        option = {"classifier": "--classifier", "inception": "--inception-weights"}[kind]
        raise UserError(f"{option} is missing; the spec's extractor is {kind}")
    if kind == "classifier":
        classifier.load(args.classifier, spec["classifier"])  # for its lineage

    real, test = (load(task, split, data, spec["channels"], spec["data"]) for split in ("train", "test"))
    seed = derive_seed(spec["stream"], task.index, spec["seed"], "reference")
    record = reference.build(
        task,
        reference.split(task, real, test, spec["n"], seed),
        kind,
        create(kind, weights, device),
        classes=reference.classifier_classes(task, spec["offsets"]),
        kid_subsets=spec["kid_subsets"],
        grid=spec["grid"],
        device=device,
    )
    floor = "  ".join(f"{name} {value:.4g}" for name, value in record["heldout"].items())
    print(f"{record['n']} real images of task '{task.name}' against as many others: {floor}", file=sys.stderr)
    files.save(args.output, {"spec": spec_hash(spec), **record})


if __name__ == "__main__":
    run(main)
