"""Bring a dataset's files to uint8 tensors of one size."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
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
CUT = "to"
"""In a size such as ``72to64``: training images of 72 px, of which 64 px are cut out, and test images of 64 px."""


@dataclass(frozen=True)
class Spec:
    dataset: str
    size: int
    load_size: int | None
    format: str
    channels: int | None
    fit: str
    min_images: int
    max_images: int | None
    train: list[str]
    test: list[str]
    take: list[int] | None
    test_take: list[int] | None
    test_fraction: float
    validation_fraction: float | None
    classes: list[str] | None
    derive: list[str]
    given_by: list[str]
    direction: str | None
    given: list[str]
    target: list[str]
    paired: bool
    one_class: bool
    subset: bool


@cache
def job(plan: Plan, dataset: str, size: str) -> Job:
    """A dataset at one size (:func:`size_of`); a user's own folder or archive counts by its content, wherever it is."""
    config = plan.catalogue.dataset(dataset, "config")
    load_size, _, cut = str(size).rpartition(CUT)
    known = {"dataset": dataset, "size": int(cut), "load_size": int(load_size) if load_size else None}
    known |= {field.name: getattr(config, field.name) for field in fields(Spec) if field.name not in known}
    spec = Spec(**known)
    if config.path:
        own = str(Path(config.path).expanduser())
        inputs = {"source": File(own, None, f"sha256:{user_files(plan, dataset)['sha256']}")}
    else:
        inputs = {"files": {role: download.file(plan, file.path) for role, file in config.files.items()}}
    made = outputs(OUTPUTS, plan, dataset=dataset, size=size)
    return Job("prepare", spec, inputs, made, code_of(plan, "prepare", format_file(plan, dataset)))


def size_of(size: int, load_size: int | None = None) -> str:
    """A size as the names of prepared files say it."""
    return f"{load_size}{CUT}{size}" if load_size and load_size != size else str(size)


def data_of(plan: Plan, tasks: Iterable[Task], size: int, load_size: int | None = None) -> dict[str, File]:
    """Dataset -> prepared file, for targets and given images of some tasks."""
    names = dict.fromkeys(name for task in tasks for name in (task.dataset, task.given) if name)
    return {name: job(plan, name, size_of(size, load_size)).file("output") for name in names}
