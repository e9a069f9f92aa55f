"""Measure a task at every snapshot of the job that learned it: quality against steps."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import evaluate, reference, train
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import task_of

OUTPUTS = {"rows": f"{CHECKPOINT}/curve.json", LINEAGE: f"{CHECKPOINT}/curve.lineage.json"}


@dataclass(frozen=True)
class Spec(evaluate.Chain):
    """``measures`` to take of ``task``, of ``n`` images (None: as many as there are real ones)."""

    task: dict[str, Any]
    measures: list[str]
    n: int | None


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    chain = evaluate.chain_of(plan, stream, method, seed, task)
    spec = Spec(**chain, task=task_of(plan, stream, task).to_dict(), measures=["fid"], n=None)
    inputs = {**reference.evaluators(plan, stream, [task]), **train.snapshots(plan, stream, method, seed, task)}
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    return Job("curve", spec, inputs, made, code_of(plan, "curve", evaluate.module_of(plan, stream, method, task)))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The checkpoints that an experiment has this looked into: all."""
    return list(range(1, last + 1))
