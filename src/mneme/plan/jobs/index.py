"""Write a page of results: of the chosen experiments, or of those of a paper."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.errors import UserError, near_miss
from mneme.plan.job import LINEAGE, Inputs, Job, code_of, outputs
from mneme.plan.jobs import claims, figure, sizes
from mneme.plan.plan import Plan

CHOSEN = "index"  # the page of the chosen experiments; others are called like their paper
OUTPUTS = {"output": "results/{page}.html", LINEAGE: "results/{page}.lineage.json"}


@dataclass(frozen=True)
class Spec:
    """``experiments``: of each its ``name``, ``title``, ``stream``, ``artefacts``, ``paper``, ``methods``, and how they
    look."""

    page: str
    tier: str
    seeds: list[int]
    experiments: list[dict[str, Any]]


@cache
def job(plan: Plan, page: str) -> Job:
    """Reads the pictures, the ledgers and the sizes of its experiments.

    Raises:
        UserError: no such page.
    """
    pages = {**plan.config.papers, CHOSEN: plan.config.experiments}
    if page not in pages:
        raise UserError(
            f"results/{page}.html: no such page{near_miss(page, pages)}; there is one of each paper, and index"
        )
    inputs: Inputs = {"pictures": {}, "sidecars": {}, "storage": {}, "claims": {}}
    for name in pages[page]:
        for artefact in plan.experiment(name).artefacts:
            drawn = figure.job(plan, name, artefact)
            inputs["pictures"][f"{name}/{artefact}"] = drawn.file("png")
            inputs["sidecars"][f"{name}/{artefact}"] = drawn.file("sidecar")
        inputs["storage"][name] = sizes.job(plan, name).file("storage")
        if plan.experiment(name).paper:
            inputs["claims"][name] = claims.job(plan, name).file("output_json")
    spec = Spec(page, plan.tier, list(plan.config.seeds), [described(plan, name) for name in pages[page]])
    return Job("index", spec, inputs, outputs(OUTPUTS, plan, page=page), code_of(plan, "index"))


def described(plan: Plan, name: str) -> dict[str, Any]:
    config = plan.experiment(name)
    fields = ("title", "stream", "artefacts", "paper", "methods")
    return {"name": name, **{key: getattr(config, key) for key in fields}, "looks": figure.looks(plan, name)}
