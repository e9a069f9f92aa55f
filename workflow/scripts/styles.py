"""Look into the style sets of a chain: views, interpolation, singular values, truncation."""

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
    parser.add_argument("--images", type=Path, required=True, help="views and interpolations, tensors")
    parser.add_argument("--singular", type=Path, required=True, help="singular values, JSON rows")
    parser.add_argument("--truncation", type=Path, required=True, help="FID against kept energy, JSON rows")
    args = parser.parse_args()

    from mneme.machine.lease import lease

    args.device = lease(args.device)

    from mneme import files
    from mneme.evaluation import judges
    from mneme.evaluation.job import begin, identity, named_paths
    from mneme.evaluation.quality import line
    from mneme.probes import styles as restyle
    from mneme.spec import spec_hash
    from mneme.training.restore import restore

    spec = args.spec
    device = begin(args.device, spec["threads"])
    panel = judges.read(args, spec, device)
    expected = {int(index): name for index, name in spec["checkpoints"].items()}
    checkpoints = named_paths(args.checkpoints, "--checkpoints", int)
    method, statuses = restore(spec["chain"], expected, args.base, checkpoints, device)
    styles = {i: state["styles"] for i, state in method.states.items() if statuses[i]["state"] != "diverged"}
    styles = {i: {name: value.to(device) for name, value in style.items()} for i, style in styles.items()}
    origin = identity(spec, device)

    shown = restyle.tensors(method, styles, spec["rows"], spec["columns"], origin)
    files.save(args.images, {"spec": spec_hash(spec), "seed": spec["seed"], **shown})
    singular, measured = [], []
    for task in method.tasks:
        if task.index in styles:
            singular += restyle.singular_values(method, task, styles[task.index])
    files.write_json(args.singular, [{**row, "seed": spec["seed"], "spec": spec_hash(spec)} for row in singular])
    for task in method.tasks:
        if task.index == spec["truncate"] and task.index in styles:
            style = styles[task.index]
            for found in restyle.truncation(method, task, style, spec["energies"], panel, origin, device):
                measured += found
                print(f"{found[0]['block']} at {found[0]['energy']:.0%}: {line(found)}", file=sys.stderr, flush=True)
    files.write_json(args.truncation, measured)


if __name__ == "__main__":
    run(main)
