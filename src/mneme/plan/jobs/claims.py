"""Ask the claims of a paper of the tables of an experiment."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import capacity, sizes, styles, table
from mneme.plan.jobs.figure import looks
from mneme.plan.jobs.measured import measurements
from mneme.plan.methods import contract, gives
from mneme.plan.plan import Plan
from mneme.plan.tasks import has_base

OUTPUTS = {
    "output_json": "<results>/claims/{experiment}.json",
    "output_html": "<results>/claims/{experiment}.html",
    LINEAGE: "<results>/claims/{experiment}.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``content``: the paper's published numbers and claims; ``methods``: how methods look in print."""

    experiment: str
    tier: str
    paper: str
    content: dict[str, Any]
    methods: list[tuple[str, dict[str, Any]]]


@cache
def job(plan: Plan, experiment: str) -> Job:
    """Reads tables and samples; the count of parameters where there is a base GAN to compare with, or a method grows by
    masks; numbers of translators; what was seen in styles where the experiment looks into them."""
    config, gathered = plan.experiment(experiment), table.job(plan, experiment)
    inputs = {name: gathered.file(f"{name}_csv") for name in ("quality", "summary", "curve")}
    if has_base(plan, config.stream) or any("masks" in contract(plan, method)["PROBES"] for method in config.methods):
        inputs["parameters"] = sizes.job(plan, experiment).file("parameters")
    if not capacity.why_not(plan, experiment):
        inputs["capacity"] = capacity.job(plan, experiment).file("output")
    for method in config.probes.get("styles", [])[:1]:
        seen = styles.job(plan, config.stream, method, plan.config.seeds[0])
        inputs |= {name: seen.file(name) for name in ("singular", "truncation")}
    inputs["samples"] = {
        f"{one.spec.method}/{one.spec.seed}/{one.spec.checkpoint}": one.file("samples")
        for one in measurements(plan, experiment)["evaluate"]
        if gives(plan, one.spec.method, "images")
    }
    paper = plan.catalogue.paper(config.paper, "config").model_dump(include={"title", "published", "claims"})
    spec = Spec(experiment, plan.tier, config.paper, {"methods": {}, **paper}, looks(plan, experiment))
    made = outputs(OUTPUTS, plan, experiment=experiment)
    return Job("claims", spec, inputs, made, code_of(plan, "claims"))
