"""Choose the step of a task that is best on real validation images of all tasks so far, and test it (DGM's rule)."""

from functools import cache

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import curve, evaluate, train
from mneme.plan.methods import gives
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan

OUTPUTS = {"rows": f"{CHECKPOINT}/best_step.json", LINEAGE: f"{CHECKPOINT}/best_step.lineage.json"}
TABLE = "quality"
Spec = evaluate.Tested


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    spec, inputs = evaluate.tested(plan, stream, method, seed, task)
    inputs |= train.snapshots(plan, stream, method, seed, task)
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    module = evaluate.module_of(plan, stream, method, task)
    return Job("best_step", spec, inputs, made, code_of(plan, "best_step", module))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The checkpoints that are looked into: all."""
    return list(range(1, last + 1))


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if not all(gives(plan, method, what) for what in ("images", "predictions")):
        return f"{method} keeps no networks along a task that give predictions; leave it out"
    for dataset in dict.fromkeys(task.dataset for task in stream):
        if not plan.catalogue.dataset(dataset, "config").validation_fraction:
            where = plan.catalogue.location("datasets", dataset)
            return f"{where} has no validation images; set its 'validation_fraction', or leave the probe out"
    return curve.why_not(plan, stream, method)
