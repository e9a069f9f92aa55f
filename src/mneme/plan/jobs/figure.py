"""Draw a table or figure of a paper: one notebook, run with the parameters that it names."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.catalogue import paper
from mneme.errors import UserError
from mneme.plan.code import code_hash
from mneme.plan.job import LINEAGE, Inputs, Job, outputs
from mneme.plan.jobs import capacity, download, evaluate, reference, sizes, styles, table, train
from mneme.plan.jobs.measured import measurements
from mneme.plan.methods import constant, contract, gives
from mneme.plan.names import BASE
from mneme.plan.notebooks import parameters
from mneme.plan.plan import Plan
from mneme.plan.tasks import seen, user_file

FOLDER = "<results>/figures/{experiment}/{artefact}"
OUTPUTS = {
    "png": f"{FOLDER}.png",
    "pdf": f"{FOLDER}.pdf",
    "csv": f"{FOLDER}.csv",
    "tex": f"{FOLDER}.tex",
    "sidecar": f"{FOLDER}.json",
    "notebook": f"{FOLDER}.ipynb",
    LINEAGE: f"{FOLDER}.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``notebook``: hash of its file; ``named``: all its parameters; ``values``: those that are no files."""

    experiment: str
    artefact: str
    notebook: str
    named: list[str]
    values: dict[str, Any]


@cache
def job(plan: Plan, experiment: str, artefact: str) -> Job:
    """Reads the files that the parameters cell of the notebook names.

    Raises:
        UserError: the experiment has nothing for one of the parameters.
    """
    notebook = plan.root / "notebooks" / f"{artefact}.ipynb"
    wanted, known, values = parameters(notebook), files(plan, experiment), constants(plan, experiment)
    given = {"src", "output"}
    if missing := wanted - set(known) - set(values) - given:
        raise UserError(
            f"notebooks/{artefact}.ipynb: stream '{plan.experiment(experiment).stream}' has nothing for its parameter "
            f"'{min(missing)}'; leave '{artefact}' out of {plan.catalogue.location('experiments', experiment)}"
        )
    spec = Spec(
        experiment,
        artefact,
        user_file(str(notebook)),
        sorted(wanted),
        {name: value for name, value in values.items() if name in wanted},
    )
    made = outputs(OUTPUTS, plan, experiment=experiment, artefact=artefact)
    inputs = {name: value for name, value in known.items() if name in wanted}
    code = code_hash((plan.root / "workflow/scripts/figure.py", notebook), plan.source)
    options = {
        "template": os.path.relpath(notebook),
        "log_notebook": f"logs/{plan.tier}/figures/{experiment}/{artefact}.ipynb",
    }
    return Job("figure", spec, inputs, made, code, options, nested=True)


def constants(plan: Plan, experiment: str) -> dict[str, Any]:
    """All parameters that a notebook may name and that are no files."""
    config = plan.experiment(experiment)
    stream = seen(plan, experiment)
    tested = [method for method in config.probes.get("curve", []) if not gives(plan, method, "images")]
    return {
        "tasks": [task.to_dict() for task in stream],
        "tier": plan.tier,
        "experiment": experiment,
        "title": config.title,
        "methods": looks(plan, experiment),
        "extra": extra(plan, experiment),
        "published": paper.fitting(plan.catalogue.papers.values(), stream),
        **({"classifiers": tested} if tested else {}),
    }


def extra(plan: Plan, experiment: str) -> list[tuple[str, str]]:
    """Methods, and the images that they have seen beside the stream's own, where there are any: those of the base GAN,
    and ImageNet where published weights are started from. A replay has seen what its generator has."""
    config = plan.experiment(experiment)
    stream, found = plan.catalogue.stream(config.stream, "config"), []
    base = stream.source.dataset or stream.dataset if stream.source else stream.base
    for method in config.methods:
        known = contract(plan, method)
        sources = [base] if contract(plan, known["replays"] or method)["BASE"] != "none" else []
        network = constant(plan, config.stream, method, "PRETRAINED")
        if network in download.WEIGHTS and download.network_weights(plan, network):
            sources.append("imagenet")
        if sources:
            found.append((method, " and ".join(sources)))
    return found


def looks(plan: Plan, experiment: str) -> list[tuple[str, dict[str, Any]]]:
    """How the experiment's methods look, in the order of print, which a mapping would lose in a spec."""
    return list(paper.looks(plan.catalogue.papers.values(), [BASE, *plan.experiment(experiment).methods]).items())


@cache
def files(plan: Plan, experiment: str) -> Inputs:
    """All files that a notebook may name."""
    config, seed = plan.experiment(experiment), plan.config.seeds[0]
    stream, gathered, jobs = seen(plan, experiment), table.job(plan, experiment), measurements(plan, experiment)
    shown: dict[str, dict[str, dict]] = {"evaluate": {}, "evolution": {}}
    masks: dict[str, dict] = {}
    for one in jobs["masks"]:
        if one.spec.seed == seed:
            masks.setdefault(one.spec.method, {})[one.spec.checkpoint] = one.file("masks")
    for kind, found in shown.items():
        for one in jobs[kind]:
            if one.spec.seed == seed and gives(plan, one.spec.method, "images"):
                found.setdefault(one.spec.method, {})[one.spec.checkpoint] = one.file("samples")
    timings: dict[str, dict] = {}
    for one in (job.spec for job in jobs["evaluate"]):
        trained = train.of_chain(plan, one.stream, one.method, one.seed, one.checkpoint)
        timings.setdefault(one.method, {}).setdefault(one.seed, {})[one.checkpoint] = trained.file("timing")
    known: Inputs = {
        **{name: gathered.file(f"{name}_csv") for name in ("quality", "summary", "curve")},
        "samples": shown["evaluate"],
        "timings": timings,
        "references": {t.index: reference.job(plan, stream.name, t.index, "classifier").file("output") for t in stream},
        **{name: sizes.job(plan, experiment).file(name) for name in ("parameters", "storage")},
    }
    if not capacity.why_not(plan, experiment):
        known["capacity"] = capacity.job(plan, experiment).file("output")
    if masks:
        known["masks"] = masks
    if shown["evolution"]:
        known["evolutions"] = shown["evolution"]
    if replayed := list(filter(None, [contract(plan, method)["replays"] for method in config.methods])):
        known["replays"] = {method: shown["evaluate"][method][len(stream)] for method in replayed}
    if stream.source:
        measured = evaluate.job(plan, stream.name, BASE, seed, 0)
        known["base_samples"], known["base_evaluation"] = measured.file("samples"), measured.file("rows")
        known["base_reference"] = reference.job(plan, stream.name, 0, "classifier").file("output")
    for method in config.probes.get("styles", [])[:1]:
        looked = styles.job(plan, stream.name, method, seed)
        known |= {f"styles_{name}": looked.file(name) for name in ("images", "singular", "truncation")}
    return known
