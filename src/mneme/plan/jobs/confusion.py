"""Ask a method's predictions of real images of earlier tasks whether they take them for the task learned last."""

from functools import cache

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import evaluate, train
from mneme.plan.methods import gives
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan

OUTPUTS = {"rows": f"{CHECKPOINT}/confusion.json", LINEAGE: f"{CHECKPOINT}/confusion.lineage.json"}
TABLE = "quality"
Spec = evaluate.Tested


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    spec, inputs = evaluate.tested(plan, stream, method, seed, task)
    inputs |= train.model(plan, stream, method, seed, task)
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    module = evaluate.module_of(plan, stream, method, task)
    return Job("confusion", spec, inputs, made, code_of(plan, "confusion", module))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The checkpoints that are looked into: all with an earlier task."""
    return list(range(2, last + 1))


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if not gives(plan, method, "predictions"):
        return f"{method} gives no predictions; leave it out"
    return "" if len(stream) > 1 else f"stream '{stream.name}' has no second task; leave it out, or add a task"
