"""Sample the first task at every snapshot of a later one (MeRGAN, figure 5)."""

from functools import cache

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import curve, evaluate, reference, train
from mneme.plan.methods import contract, evaluation_settings, gives
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import task_of

OUTPUTS = {
    "rows": f"{CHECKPOINT}/evolution.json",
    "samples": f"{CHECKPOINT}/evolution.pt",
    LINEAGE: f"{CHECKPOINT}/evolution.lineage.json",
}
TABLE = "curve"
WATCHED = 1  # the first task, as in MeRGAN's figure 5


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    chain = evaluate.chain_of(plan, stream, method, seed, task)
    watched, measures = task_of(plan, stream, WATCHED).to_dict(), ["class_accuracy", "task_accuracy"]
    spec = curve.Spec(
        **chain, task=watched, measures=measures, n=evaluation_settings(plan, "evolution")["n"], learned=[]
    )
    inputs = {**reference.evaluators(plan, stream, [WATCHED]), **train.snapshots(plan, stream, method, seed, task)}
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    module = evaluate.module_of(plan, stream, method, task)
    return Job("evolution", spec, inputs, made, code_of(plan, "evolution", module))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The later tasks that are looked into: those of ``config/evaluation.yaml`` that the stream has."""
    return [task for task in evaluation_settings(plan, "evolution")["tasks"] if WATCHED < task <= last]


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if not gives(plan, method, "images"):
        return f"{method} gives no images to look into; leave it out"
    if not contract(plan, method)["CHAINED"]:
        return f"{method} does not go on from task to task; leave it out"
    if len(stream) < 2:
        return f"stream '{stream.name}' has no second task; leave it out, or add a task"
    return curve.why_not(plan, stream, method)
