"""Ask a paper's claims of the tables of an experiment; write the ledger, print it. A claim that fails is a result."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
from mneme import files
from mneme.catalogue.catalogue import merge
from mneme.catalogue.explain import parse
from mneme.catalogue.paper import Paper
from mneme.catalogue.plain_yaml import read_mapping
from mneme.claims.evidence import Evidence
from mneme.claims.ledger import judge
from mneme.claims.page import counts, html, text
from mneme.claims.read import claims
from mneme.errors import UserError, run
from mneme.figures.kit import notes, scores
from mneme.figures.kit.drawing import Context, Looks
from mneme.spec import spec_hash


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec: experiment, tier, ...")
    parser.add_argument("--quality", type=Path, required=True)
    parser.add_argument("--summary", type=Path, required=True)
    parser.add_argument("--curve", type=Path, required=True)
    parser.add_argument("--classification", type=Path, help="tests of solvers, where there are any")
    parser.add_argument("--parameters", type=Path, help='JSON, method -> {"per_task": N, "generator": N}; optional')
    parser.add_argument("--singular", type=Path, help="JSON rows of singular values of styles; optional")
    parser.add_argument("--truncation", type=Path, help="JSON rows of quality under truncation of styles; optional")
    parser.add_argument("--samples", nargs="*", default=[], metavar="METHOD/SEED/TASK=FILE")
    parser.add_argument("--paper", type=Path, help="config/papers/<paper>.yaml; the spec's 'own' is laid over it")
    parser.add_argument("--output-json", type=Path, required=True)
    parser.add_argument("--output-html", type=Path, required=True)
    arguments = parser.parse_args()
    for key in ("experiment", "tier", "paper", "methods"):
        if key not in arguments.spec:
            raise UserError(f"--spec: lacks '{key}'; give the spec the workflow gives")
    experiment, tier = arguments.spec["experiment"], arguments.spec["tier"]
    spec, place = arguments.spec, str(arguments.paper or "config")
    written = read_mapping(arguments.paper) if arguments.paper else {}
    asked = claims(parse(Paper, merge(written, spec.get("own", {})), place), spec["paper"], place)
    looks = Looks(spec["methods"])
    quality = scores.read(arguments.quality, "quality")
    tests = [scores.read(path, "classification") for path in filter(None, [arguments.classification])]
    evidence = Evidence(
        quality=pd.concat([quality, *map(scores.solved, tests)], ignore_index=True),
        summary=scores.read(arguments.summary, "summary"),
        curve=scores.read(arguments.curve, "curve"),
        parameters=files.read_json(arguments.parameters) if arguments.parameters else {},
        singular=files.read_json(arguments.singular) if arguments.singular else (),
        truncation=files.read_json(arguments.truncation) if arguments.truncation else (),
        samples={place: Path(path) for place, path in (pair.split("=", 1) for pair in arguments.samples)},
        looks=looks,
    )
    judgements = [judge(claim, evidence, tier) for claim in asked]
    note = notes.note(quality[quality["task"] >= 1], Context(tier, experiment, looks=looks)).replace("\n", " ")
    title = f"Claims: {experiment}"
    page = html(judgements, title=title, note=note)
    with files.atomic(arguments.output_html) as file:
        file.write(page.encode("utf-8"))
    result = {
        "experiment": experiment,
        "tier": tier,
        "spec": spec_hash(arguments.spec),
        "counts": counts(judgements),
        "claims": [one.to_dict() for one in judgements],
    }
    files.write_json(arguments.output_json, result)
    print(text(judgements, title=title, note=note))


if __name__ == "__main__":
    run(main)
