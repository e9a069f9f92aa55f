"""One job of the ledger: the claims of a paper, asked of the tables of an experiment."""

from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.claims.evidence import Evidence
from mneme.claims.ledger import judge
from mneme.claims.read import load
from mneme.figures import ledger, tables, words
from mneme.script import Output
from mneme.spec import spec_hash


def ask(
    spec: dict[str, Any],
    *,
    quality: Path,
    summary: Path,
    curve: Path,
    classification: Path | None = None,
    parameters: Path | None = None,
    singular: Path | None = None,
    truncation: Path | None = None,
    samples: dict[str, Path],
    claims: Path,
    output_json: Output,
    output_html: Output,
) -> None:
    """Ask a paper's claims of the tables of an experiment; write the ledger, print it. A claim that fails is a result.

    Args:
        classification: tests of solvers, where there are any.
        parameters: JSON, method -> ``{"per_task": N, "generator": N}``.
        singular, truncation: JSON rows of the look into style sets.
        samples: ``METHOD/SEED/TASK`` -> file.
    """
    experiment, tier = spec["experiment"], spec["tier"]
    measured = tables.read(quality, "quality")
    tests = [tables.read(path, "classification") for path in filter(None, [classification])]
    evidence = Evidence(
        quality=pd.concat([measured, *map(tables.solved, tests)], ignore_index=True),
        summary=tables.read(summary, "summary"),
        curve=tables.read(curve, "curve"),
        parameters=files.read_json(parameters) if parameters else {},
        singular=files.read_json(singular) if singular else (),
        truncation=files.read_json(truncation) if truncation else (),
        samples=samples,
    )
    judgements = [judge(claim, evidence, tier) for claim in load(claims)]
    note = words.note(measured[measured["task"] >= 1], tier, experiment).replace("\n", " ")
    title = f"Claims: {experiment}"
    with files.atomic(output_html) as file:
        file.write(ledger.html(judgements, title=title, note=note).encode())
    result = {
        "experiment": experiment,
        "tier": tier,
        "spec": spec_hash(spec),
        "counts": ledger.counts(judgements),
        "claims": [one.to_dict() for one in judgements],
    }
    files.write_json(output_json, result)
    print(ledger.text(judgements, title=title, note=note))
