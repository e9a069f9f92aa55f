"""Gather all measurements of an experiment into tidy tables."""

from dataclasses import dataclass
from functools import cache

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs.measured import PROBES, files, measurements
from mneme.plan.plan import Plan

TABLES = ("quality", "summary", "curve")
OUTPUTS = {
    f"{name}_{kind}": f"<results>/tables/{{experiment}}/{name}.{kind}" for name in TABLES for kind in ("csv", "parquet")
} | {LINEAGE: "<results>/tables/{experiment}/table.lineage.json"}


@dataclass(frozen=True)
class Spec:
    experiment: str
    tier: str


@cache
def job(plan: Plan, experiment: str) -> Job:
    """``evaluations`` are rows of the quality table, ``curves`` of the curve table."""
    jobs = measurements(plan, experiment)
    rows = {"quality": [*jobs["evaluate"]], "curve": []}
    for name, probe in PROBES.items():
        rows[probe.TABLE] += jobs[name]
    inputs = {"evaluations": files(rows["quality"], "rows"), "curves": files(rows["curve"], "rows")}
    made = outputs(OUTPUTS, plan, experiment=experiment)
    return Job("table", Spec(experiment, plan.tier), inputs, made, code_of(plan, "table"))
