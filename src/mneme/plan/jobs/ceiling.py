"""Train a classifier on real images of tasks 1 to t: the upper bound of reverse accuracy."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import evaluation_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, tasks_of

FOLDER = "<results>/{stream}/real/task{task}"
OUTPUTS = {"output": f"{FOLDER}/reverse.json", LINEAGE: f"{FOLDER}/reverse.lineage.json"}


@dataclass(frozen=True)
class Spec:
    stream: str
    tasks: list[dict[str, Any]]
    size: int
    channels: int
    settings: dict[str, Any]
    threads: int


@cache
def job(plan: Plan, stream: str, task: int) -> Job:
    tasks, shape = tasks_of(plan, stream, task), stream_of(plan, stream)
    inputs = {"data": data_of(plan, tasks, shape.size)}
    made = outputs(OUTPUTS, plan, stream=stream, task=task)
    return Job("ceiling", Spec(**learned(plan, stream, task)), inputs, made, code_of(plan, "ceiling"))


def learned(plan: Plan, stream: str, task: int) -> dict[str, Any]:
    """The fields of a spec that say what a classifier learns from images of tasks 1 to t, and how."""
    shape, settings = stream_of(plan, stream), evaluation_settings(plan, "reverse")
    network = {name: evaluation_settings(plan, "classifier")[name] for name in ("width", "features")}
    return {
        "stream": stream,
        "tasks": [one.to_dict() for one in tasks_of(plan, stream, task)],
        "size": shape.size,
        "channels": shape.channels,
        "settings": {**network, **{name: settings[name] for name in ("n", "steps", "batch", "lr")}},
        "threads": settings["threads"],
    }
