"""Learn a task with a solver: a classifier that learns the tasks of a stream, some of them on replays."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Inputs, Job, code_of, outputs
from mneme.plan.jobs import download, evaluate, train
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import solver_contract, solver_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, tasks_of

FOLDER = "<results>/{stream}/solvers/{solver}/seed{seed}/task{task}"
OUTPUTS = {
    "checkpoint": f"{FOLDER}/checkpoint.pt",
    "rows": f"{FOLDER}/rows.json",
    "losses": f"{FOLDER}/losses.jsonl",
    LINEAGE: f"{FOLDER}/solve.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``chain``: the spec of the generator that is replayed, None without one; ``weights``: checksum of the published
    weights that the first task starts from."""

    stream: str
    solver: str
    module: str
    seed: int
    size: int
    channels: int
    tasks: list[dict[str, Any]]
    settings: dict[str, Any]
    threads: int
    weights: str | None
    chain: dict[str, Any] | None


@cache
def job(plan: Plan, stream: str, solver: str, seed: int, task: int) -> Job:
    """Reads data (of earlier tasks their test images), the solver before, the generator of the tasks before."""
    shape, known, settings = stream_of(plan, stream), solver_contract(plan, solver), solver_settings(plan, solver)
    tasks, method = tasks_of(plan, stream, task), known["replays"] if task > 1 else None
    starts = pretrained(plan, solver, task)
    spec = Spec(
        stream=stream,
        solver=solver,
        module=known["module"],
        seed=seed,
        size=shape.size,
        channels=shape.channels,
        tasks=[one.to_dict() for one in tasks],
        settings=settings,
        threads=settings["threads"],
        weights=plan.catalogue.evaluation.resnet18.checksum if starts else None,
        chain=evaluate.chain_of(plan, stream, method, seed, task - 1)["chain"] if method else None,
    )
    inputs: Inputs = {"data": data_of(plan, tasks, shape.size), **starts}
    if task > 1:
        inputs["previous"] = job(plan, stream, solver, seed, task - 1).file("checkpoint")
    modules = [known["file"]]
    if method:
        inputs |= train.model(plan, stream, method, seed, task - 1)
        modules.append(evaluate.module_of(plan, stream, method, task - 1))
    made = outputs(OUTPUTS, plan, stream=stream, solver=solver, seed=seed, task=task)
    return Job("solve", spec, inputs, made, code_of(plan, "solve", *modules))


def pretrained(plan: Plan, solver: str, task: int) -> Inputs:
    """The weights that a solver's first task starts from: published ones, where there are any for its network."""
    wanted = task == 1 and solver_settings(plan, solver)["network"] == "resnet18"
    return download.network_weights(plan, "resnet18") if wanted else {}
