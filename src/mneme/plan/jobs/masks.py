"""Read the masks of a method at every snapshot of the job that learned a task (DGM, figure 3b)."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import curve, evaluate, train
from mneme.plan.methods import contract
from mneme.plan.names import CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import task_of

OUTPUTS = {
    "rows": f"{CHECKPOINT}/masks.json",
    "masks": f"{CHECKPOINT}/masks.pt",
    LINEAGE: f"{CHECKPOINT}/masks.lineage.json",
}
TABLE = "curve"


@dataclass(frozen=True)
class Spec(evaluate.Chain):
    """``task``: the one that is learned."""

    task: dict[str, Any]


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    learned = task_of(plan, stream, task).to_dict()
    spec = Spec(**evaluate.chain_of(plan, stream, method, seed, task), task=learned)
    inputs = {"snapshots": train.snapshots(plan, stream, method, seed, task)["snapshots"]}
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    return Job("masks", spec, inputs, made, code_of(plan, "masks"))


def checkpoints(plan: Plan, stream: str, last: int) -> list[int]:
    """The tasks that are looked into: the first, the middle and the last."""
    return sorted({1, (last + 1) // 2, last})


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if "masks" not in contract(plan, method)["PROBES"]:
        return f"{method} learns no masks; leave it out"
    return curve.why_not(plan, stream, method)
