"""Train a classifier on generated images of tasks 1 to t and ask it about real ones: reverse accuracy."""

from dataclasses import dataclass
from functools import cache

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import ceiling, evaluate, train
from mneme.plan.methods import evaluation_settings, gives, is_conditional
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan

OUTPUTS = {"rows": f"{CHECKPOINT}/reverse.json", LINEAGE: f"{CHECKPOINT}/reverse.lineage.json"}

TABLE = "quality"


@dataclass(frozen=True)
class Spec(evaluate.Chain, ceiling.Spec):
    """What is learned, and from whose images."""


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    bound = ceiling.job(plan, stream, task)
    chain = evaluate.chain_of(plan, stream, method, seed, task)
    spec = Spec(**{**chain, **ceiling.learned(plan, stream, task)})
    inputs = {**bound.inputs, **train.model(plan, stream, method, seed, task), "ceiling": bound.file("output")}
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    return Job("reverse", spec, inputs, made, code_of(plan, "reverse", evaluate.module_of(plan, stream, method, task)))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The checkpoints whose reverse accuracy is taken: those of ``config/evaluation.yaml``, and the last."""
    return sorted({task for task in evaluation_settings(plan, "reverse")["after"] if 1 < task <= last} | {last})


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if not gives(plan, method, "images"):
        return f"{method} gives no images to look into; leave it out"
    if translated := [task.name for task in stream if task.kind != "label"]:
        return f"task '{translated[0]}' translates given images, and the probe asks for classes; leave it out"
    if sum(len(task.labels) for task in stream) < 2:
        return f"stream '{stream.name}' has one class, nothing to tell apart; leave it out, or add a class"
    many = [task.name for task in stream if len(task.labels) > 1]
    if many and not is_conditional(plan, stream.name, method):
        return (
            f"{method} cannot be asked for a class, and task '{many[0]}' has several, so its samples have no labels to "
            "learn from; leave it out"
        )
    return ""
