"""Features of the real images of a task, by one extractor, and what real images reach against each other."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Inputs, Job, code_of, outputs
from mneme.plan.jobs import classifier, download
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import evaluation_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, task_of

FOLDER = "<results>/{stream}/real/task{task}"
OUTPUTS = {"output": f"{FOLDER}/{{extractor}}.pt", LINEAGE: f"{FOLDER}/{{extractor}}.lineage.json"}


@dataclass(frozen=True)
class Spec:
    stream: str
    task: dict[str, Any]
    channels: int
    extractor: str
    n: int
    grid: int
    kid_subsets: int
    threads: int
    offsets: dict[str, int]
    seed: int


@cache
def job(plan: Plan, stream: str, task: int, extractor: str) -> Job:
    shape, samples, which = stream_of(plan, stream), evaluation_settings(plan, "samples"), task_of(plan, stream, task)
    spec = Spec(
        stream=stream,
        task=replace(which, flip=False).to_dict(),  # real images are measured as they are
        channels=shape.channels,
        extractor=extractor,
        **{name: samples[name] for name in ("n", "grid", "kid_subsets", "threads")},
        offsets=classifier.offsets(plan, stream),
        seed=0,
    )
    weights = download.network_weights(plan, "inception") if extractor == "inception" else {}
    known = classifier.of_stream(plan, stream).file("output")
    inputs = {"data": data_of(plan, [which], shape.size), "classifier": known, **weights}
    made = outputs(OUTPUTS, plan, stream=stream, task=task, extractor=extractor)
    return Job("reference", spec, inputs, made, code_of(plan, "reference"))


def evaluators(plan: Plan, stream: str, tasks: Iterable[int]) -> Inputs:
    """What jobs that measure samples of some tasks read: the extractors, and the references that they compare with."""
    weights = download.network_weights(plan, "inception")
    names = {"classifier": "references"} | ({"inception": "inception_references"} if weights else {})
    known = {
        name: {i: job(plan, stream, i, extractor).file("output") for i in tasks} for extractor, name in names.items()
    }
    return {"classifier": classifier.of_stream(plan, stream).file("output"), **weights, **known}
