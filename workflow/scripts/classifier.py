"""Train the judge: a classifier of the stream's real images, all classes of all its datasets."""

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
    parser.add_argument("--device", help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.data.load import load_many
    from mneme.data.stream import Task
    from mneme.evaluation import classifier
    from mneme.evaluation.job import begin, named_paths
    from mneme.spec import derive_seed, spec_hash

    spec, data = args.spec, named_paths(args.data, "--data")
    device = begin(args.device, spec["threads"])

    tasks = []  # each dataset as one task that holds all its classes, numbered as the judge does
    for name in spec["datasets"]:
        classes = range(len(spec["classes"][name]))
        tasks.append(Task(0, name, name, tuple(classes), tuple(spec["offsets"][name] + index for index in classes)))
    real, test = (load_many(tasks, split, data, spec["channels"], spec["data"]) for split in ("train", "test"))

    shape = {name: spec["settings"][name] for name in ("width", "features")}
    shape |= {"size": spec["size"], "channels": spec["channels"], "classes": sum(len(task.classes) for task in tasks)}
    schedule = {name: spec["settings"][name] for name in ("steps", "batch", "lr")}
    judge = classifier.fresh(shape, derive_seed(spec["seed"], "classifier", "weights"))
    seed = derive_seed(spec["seed"], "classifier", "batches")
    for step, loss in classifier.train(judge, real["x"], real["y"], **schedule, seed=seed, device=device):
        print(f"step {step}/{schedule['steps']}  loss {loss:.4f}", file=sys.stderr, flush=True)
    classifier.calibrate(judge, test["x"], device)
    n, right = len(test["x"]), classifier.accuracy(judge, test["x"], test["y"], device)
    print(f"accuracy on {n} test images: {right:.2%}", file=sys.stderr)
    files.save(args.output, classifier.to_record(judge, spec=spec_hash(spec), accuracy=right, n_test=n))


if __name__ == "__main__":
    run(main)
