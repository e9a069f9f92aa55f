"""One job of the ledger: the claims of a paper, asked of the tables of an experiment."""

from pathlib import Path
from typing import Any

from mneme import files
from mneme.catalogue.explain import parse
from mneme.catalogue.paper import Paper
from mneme.claims import page
from mneme.claims.evidence import Evidence
from mneme.claims.ledger import decide
from mneme.claims.read import claims
from mneme.figures.kit import notes, scores
from mneme.figures.kit.drawing import Context, Looks
from mneme.script import Output
from mneme.spec import spec_hash


def ask(
    spec: dict[str, Any],
    *,
    quality: Path,
    summary: Path,
    curve: Path,
    parameters: Path | None = None,
    capacity: Path | None = None,
    singular: Path | None = None,
    truncation: Path | None = None,
    samples: dict[str, Path] | None = None,
    output_json: Output,
    output_html: Output,
) -> None:
    """Ask a paper's claims of the tables of an experiment; write the ledger, print it. A claim that fails is a result.

    Args:
        parameters: JSON, method -> ``{"per_task": N, "generator": N}``.
        capacity: JSON of ``mneme.probes.capacity``.
        singular, truncation: JSON rows of the look into style sets.
        samples: ``METHOD/SEED/TASK`` -> file.
    """
    experiment, tier, looks = spec["experiment"], spec["tier"], Looks(dict(spec["methods"]))
    measured = scores.read(quality, "quality")
    evidence = Evidence(
        quality=measured,
        summary=scores.read(summary, "summary"),
        curve=scores.read(curve, "curve"),
        parameters=files.read_json(parameters) if parameters else {},
        singular=files.read_json(singular) if singular else (),
        truncation=files.read_json(truncation) if truncation else (),
        samples=samples or {},
        looks=looks,
        capacity=files.read_json(capacity)["methods"] if capacity else {},
    )
    asked = claims(parse(Paper, spec["content"], "--spec"), spec["paper"], "--spec")
    decisions = [decide(claim, evidence, tier) for claim in asked]
    note = notes.note(measured[measured["task"] >= 1], Context(tier, experiment, looks=looks)).replace("\n", " ")
    title = f"Claims: {experiment}"
    files.write_bytes(output_html, page.html(decisions, title=title, note=note).encode())
    result = {
        "experiment": experiment,
        "tier": tier,
        "spec": spec_hash(spec),
        "counts": page.counts(decisions),
        "claims": [one.to_dict() for one in decisions],
    }
    files.write_json(output_json, result)
    print(page.text(decisions, title=title, note=note))
