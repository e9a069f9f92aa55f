"""Measure the samples of every task learned so far from one checkpoint: row t of R[t, i]."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Inputs, Job, code_of, outputs
from mneme.plan.jobs import reference, train
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import contract, evaluation_settings, gives, learner
from mneme.plan.names import BASE, CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, task_of, tasks_of

TOP = (1, 5)  # accuracies of predictions; top-5 where the stream has 20 classes or more
OUTPUTS = {
    "rows": f"{CHECKPOINT}/evaluation.json",
    "samples": f"{CHECKPOINT}/samples.pt",
    LINEAGE: f"{CHECKPOINT}/evaluation.lineage.json",
}


@dataclass(frozen=True)
class Chain:
    """What names a checkpoint; ``chain`` is the spec of the job that trained it, from which its networks are built."""

    stream: str
    method: str
    seed: int
    checkpoint: int
    chain: dict[str, Any]
    threads: int


@dataclass(frozen=True)
class Tested(Chain):
    """``tasks``: those whose real images are predicted, or whose samples are measured."""

    tasks: list[dict[str, Any]]


@dataclass(frozen=True)
class Spec(Tested):
    """``top``: the k of top-k accuracies that predictions are measured by, none without predictions."""

    accuracy: int
    grid: int
    points: int
    top: list[int]


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    tasks = [0] if method == BASE else list(range(1, task + 1))
    samples, shape = evaluation_settings(plan, "samples"), stream_of(plan, stream)
    predicts, classes = gives(plan, method, "predictions"), sum(len(one.labels) for one in shape)
    spec = Spec(
        **chain_of(plan, stream, method, seed, task),
        tasks=[task_of(plan, stream, i).to_dict() for i in tasks],
        **{name: samples[name] for name in ("accuracy", "grid", "points")},
        top=[k for k in TOP if classes >= 4 * k or k == 1] if predicts else [],
    )
    inputs = train.model(plan, stream, method, seed, task)
    if gives(plan, method, "images"):
        inputs |= reference.evaluators(plan, stream, tasks)
    if predicts:
        inputs["data"] = data_of(plan, tasks_of(plan, stream, task), shape.size)
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    return Job("evaluate", spec, inputs, made, code_of(plan, "evaluate", module_of(plan, stream, method, task)))


def chain_of(plan: Plan, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
    """The fields of a spec that name a checkpoint, and the threads that measure it."""
    return {
        "stream": stream,
        "method": method,
        "seed": seed,
        "checkpoint": task,
        "chain": json.loads(train.of_chain(plan, stream, method, seed, task).text),
        "threads": evaluation_settings(plan, "samples")["threads"],
    }


def tested(plan: Plan, stream: str, method: str, seed: int, task: int) -> tuple[Tested, Inputs]:
    """Spec and data of a job that predicts real images of tasks 1 to t."""
    tasks = tasks_of(plan, stream, task)
    spec = Tested(**chain_of(plan, stream, method, seed, task), tasks=[one.to_dict() for one in tasks])
    return spec, {"data": data_of(plan, tasks, stream_of(plan, stream).size)}


def module_of(plan: Plan, stream: str, method: str, task: int):
    """The file of the method that a checkpoint is of: task 1 may be shared."""
    return contract(plan, learner(plan, stream, method, task))["file"]
