"""Count the numbers of translators, task after task, at the width of the run and at the published one."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs.measured import checkpoints
from mneme.plan.methods import contract, settings_of
from mneme.plan.plan import Plan
from mneme.plan.tasks import seen

TASKS = 20  # as far as the figure goes
OUTPUTS = {
    "output": "<results>/tables/{experiment}/capacity.json",
    LINEAGE: "<results>/tables/{experiment}/capacity.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``methods``: module of each, whether it goes on from task to task, and its settings ``here`` and ``published``;
    ``stream_tasks``: those that are counted again and again, up to ``tasks``."""

    experiment: str
    seed: int
    size: int
    channels: int
    tasks: int
    stream_tasks: list[dict[str, Any]]
    methods: dict[str, dict[str, Any]]


@cache
def job(plan: Plan, experiment: str) -> Job:
    config, stream = plan.experiment(experiment), seen(plan, experiment)
    known = {method: contract(plan, method) for method in config.methods}
    methods = {
        method: {
            "module": one["module"],
            "chained": one["CHAINED"],
            "here": settings_of(plan, config.stream, method, 1),
            "published": settings_of(plan, config.stream, method, 1, "paper"),
        }
        for method, one in known.items()
    }
    spec = Spec(
        experiment=experiment,
        seed=plan.config.seeds[0],
        size=stream.size,
        channels=stream.channels,
        tasks=TASKS,
        stream_tasks=[task.unnamed() for task in stream],
        methods=methods,
    )
    last = len(stream)
    trained = {
        f"{method}/{task}": files[task]
        for method, files in checkpoints(plan, experiment).items()
        for task in (last - 1, last)
        if known[method]["CHAINED"] and last > 1
    }
    made = outputs(OUTPUTS, plan, experiment=experiment)
    code = code_of(plan, "capacity", *(one["file"] for one in known.values()))
    return Job("capacity", spec, {"checkpoints": trained} if trained else {}, made, code)


def why_not(plan: Plan, experiment: str) -> str:
    """Why it cannot be asked of an experiment, or ``""``."""
    odd = [task.name for task in seen(plan, experiment) if task.kind == "label"]
    return f"task '{odd[0]}' translates no given images" if odd else ""
