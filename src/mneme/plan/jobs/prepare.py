"""Bring a dataset's files to uint8 tensors of one size."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mneme.data.stream import Task
from mneme.plan.job import LINEAGE, File, Job, code_of, outputs
from mneme.plan.jobs import download
from mneme.plan.methods import format_file
from mneme.plan.plan import Plan
from mneme.plan.tasks import user_files

OUTPUTS = {
    "output": "data/prepared/{dataset}-{size}px.pt",
    LINEAGE: "data/prepared/{dataset}-{size}px.lineage.json",
}


@dataclass(frozen=True)
class Spec:
    dataset: str
    size: int
    format: str
    channels: int | None
    fit: str
    min_images: int
    max_images: int | None
    test_fraction: float
    classes: list[str] | None
    derive: list[str]
    one_class: bool
    subset: bool


@cache
def job(plan: Plan, dataset: str, size: int) -> Job:
    """A dataset at one size; a user's own folder or archive counts by its content, wherever it is."""
    config = plan.catalogue.dataset(dataset, "config")
    keys = [name for name in Spec.__dataclass_fields__ if name not in ("dataset", "size")]
    spec = Spec(dataset, size, **{name: getattr(config, name) for name in keys})
    if config.path:
        own = str(Path(config.path).expanduser())
        inputs = {"source": File(own, None, f"sha256:{user_files(plan, dataset)['sha256']}")}
    else:
        inputs = {"files": {role: download.file(plan, file.path) for role, file in config.files.items()}}
    made = outputs(OUTPUTS, plan, dataset=dataset, size=size)
    return Job("prepare", spec, inputs, made, code_of(plan, "prepare", format_file(plan, dataset)))


def data_of(plan: Plan, tasks: Iterable[Task], size: int) -> dict[str, File]:
    """Dataset -> prepared file, for some tasks."""
    names = dict.fromkeys(task.dataset for task in tasks)
    return {name: job(plan, name, size).file("output") for name in names}
