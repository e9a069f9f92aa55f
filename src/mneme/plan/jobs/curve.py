"""Measure a task at every snapshot of the job that learned it: quality against steps."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import evaluate, reference, train
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import gives, settings_of
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, task_of, tasks_of

OUTPUTS = {"rows": f"{CHECKPOINT}/curve.json", LINEAGE: f"{CHECKPOINT}/curve.lineage.json"}

TABLE = "curve"


@dataclass(frozen=True)
class Spec(evaluate.Chain):
    """``measures`` to take of ``task``, of ``n`` images (None: as many as there are real ones); ``learned``: the tasks
    whose test accuracy is taken, of methods that give predictions alone."""

    task: dict[str, Any]
    measures: list[str]
    n: int | None
    learned: list[dict[str, Any]]


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    chain, images = evaluate.chain_of(plan, stream, method, seed, task), gives(plan, method, "images")
    learned = [] if images else tasks_of(plan, stream, task)
    spec = Spec(
        **chain,
        task=task_of(plan, stream, task).to_dict(),
        measures=["fid"] if images else [],
        n=None,
        learned=[one.to_dict() for one in learned],
    )
    inputs = train.snapshots(plan, stream, method, seed, task)
    if images:
        inputs |= reference.evaluators(plan, stream, [task])
    else:
        inputs["data"] = data_of(plan, learned, stream_of(plan, stream).size)
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    return Job("curve", spec, inputs, made, code_of(plan, "curve", evaluate.module_of(plan, stream, method, task)))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The checkpoints that an experiment has this looked into: all."""
    return list(range(1, last + 1))


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    kept = settings_of(plan, stream.name, method, 1)["snapshots"]
    return "" if kept else f"{method} keeps no snapshots; set its 'snapshots', or leave it out"
