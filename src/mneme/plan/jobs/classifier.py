"""Train the classifier of a stream's real images, by which generated ones are evaluated."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import prepare
from mneme.plan.methods import evaluation_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import class_names, evaluated_datasets, stream_of

OUTPUTS = {
    "output": "<results>/classifiers/{name}.pt",
    LINEAGE: "<results>/classifiers/{name}.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    """``offsets``: dataset -> the classifier's number of its class 0."""

    datasets: list[str]
    offsets: dict[str, int]
    classes: dict[str, list[str]]
    size: int
    channels: int
    settings: dict[str, Any]
    seed: int
    threads: int


def name_of(plan: Plan, stream: str) -> str:
    shape = stream_of(plan, stream)
    return f"{'+'.join(evaluated_datasets(plan, stream))}-{shape.size}px-{shape.channels}ch"


@cache
def job(plan: Plan, name: str) -> Job:
    """The classifier of this name; all streams that share it describe the same job."""
    streams = (experiment.stream for experiment in plan.experiments.values())
    return of_stream(plan, plan.one_of({name_of(plan, s): s for s in streams}, "classifiers", name))


@cache
def of_stream(plan: Plan, stream: str) -> Job:
    shape, datasets = stream_of(plan, stream), evaluated_datasets(plan, stream)
    settings = evaluation_settings(plan, "classifier")
    spec = Spec(
        datasets=datasets,
        offsets=offsets(plan, stream),
        classes={dataset: class_names(plan, dataset) for dataset in datasets},
        size=shape.size,
        channels=shape.channels,
        settings=settings,
        seed=0,
        threads=settings["threads"],
    )
    inputs = {"data": {dataset: prepare.job(plan, dataset, str(shape.size)).file("output") for dataset in datasets}}
    made = outputs(OUTPUTS, plan, name=name_of(plan, stream))
    return Job("classifier", spec, inputs, made, code_of(plan, "classifier"))


@cache
def offsets(plan: Plan, stream: str) -> dict[str, int]:
    found, first = {}, 0
    for dataset in evaluated_datasets(plan, stream):
        found[dataset], first = first, first + len(class_names(plan, dataset))
    return found
