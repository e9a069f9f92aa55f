"""Count what each method of an experiment keeps of a task, in parameters, bytes and seconds, for the first seed."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import base
from mneme.plan.jobs.measured import checkpoints
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import checkpoints_of, contract
from mneme.plan.plan import Plan
from mneme.plan.tasks import has_base, seen

OUTPUTS = {
    "parameters": "<results>/tables/{experiment}/parameters.json",
    "storage": "<results>/tables/{experiment}/storage.json",
    LINEAGE: "<results>/tables/{experiment}/sizes.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``together``: methods whose model after task t is all checkpoints up to t, not that of t alone; ``frozen``: those
    that need the base GAN beside them; ``modules``: the module of each method; ``tasks``: those whose training images
    are counted."""

    experiment: str
    stream: str
    seed: int
    together: list[str]
    frozen: list[str]
    modules: dict[str, str]
    tasks: list[dict[str, Any]]
    channels: int


@cache
def job(plan: Plan, experiment: str) -> Job:
    config, seed, stream = plan.experiment(experiment), plan.config.seeds[0], seen(plan, experiment)
    known = {method: contract(plan, method) for method in config.methods}
    spec = Spec(
        experiment=experiment,
        stream=config.stream,
        seed=seed,
        together=[method for method in config.methods if len(checkpoints_of(plan, method, 2)) == 2],
        frozen=[method for method, one in known.items() if one["BASE"] == "frozen"],
        modules={method: one["module"] for method, one in known.items()},
        tasks=[task.unnamed() for task in stream],
        channels=stream.channels,
    )
    kept = {f"{m}/{t}": file for m, tasks in checkpoints(plan, experiment).items() for t, file in tasks.items()}
    source = {"base": base.checkpoint(plan, config.stream, seed)} if has_base(plan, config.stream) else {}
    made = outputs(OUTPUTS, plan, experiment=experiment)
    code = code_of(plan, "sizes", *(one["file"] for one in known.values()))
    timed = {"benchmarks": f"logs/benchmarks/{plan.tier}"}  # no input: a file that was removed trains nothing again
    inputs = {"checkpoints": kept, **source, "data": data_of(plan, stream, stream.size)}
    return Job("sizes", spec, inputs, made, code, timed)
