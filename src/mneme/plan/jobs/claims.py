"""Ask the claims of a paper of the tables of an experiment."""

import os
from dataclasses import dataclass
from functools import cache

from mneme.plan.job import LINEAGE, File, Job, code_of, outputs
from mneme.plan.jobs import sizes, styles, table
from mneme.plan.jobs.measured import measurements
from mneme.plan.plan import Plan
from mneme.plan.tasks import has_base, user_file

OUTPUTS = {
    "output_json": "<results>/claims/{experiment}.json",
    "output_html": "<results>/claims/{experiment}.html",
    LINEAGE: "<results>/claims/{experiment}.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    experiment: str
    tier: str


@cache
def job(plan: Plan, experiment: str) -> Job:
    """Reads tables and samples; the count of parameters where there is a base GAN to compare with; what was seen in
    styles where the experiment looks into them."""
    config, gathered = plan.experiment(experiment), table.job(plan, experiment)
    names = ["quality", "summary", "curve", *(["classification"] if config.solvers else [])]
    inputs = {name: gathered.file(f"{name}_csv") for name in names}
    if has_base(plan, config.stream):
        inputs["parameters"] = sizes.job(plan, experiment).file("parameters")
    for method in config.probes.get("styles", [])[:1]:
        seen = styles.job(plan, config.stream, method, plan.config.seeds[0])
        inputs |= {name: seen.file(name) for name in ("singular", "truncation")}
    inputs["samples"] = {
        f"{one.spec.method}/{one.spec.seed}/{one.spec.checkpoint}": one.file("samples")
        for one in measurements(plan, experiment)["evaluate"]
    }
    path = plan.root / "config" / "claims" / f"{config.claims}.yaml"
    inputs["claims"] = File(os.path.relpath(path), None, f"sha256:{user_file(str(path))}")
    return Job("claims", Spec(experiment, plan.tier), inputs, outputs(OUTPUTS, plan, experiment=experiment),
               code_of(plan, "claims"))  # fmt: skip
