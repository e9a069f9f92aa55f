"""Streams and their tasks, with every class found in its dataset."""

from functools import cache
from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.catalogue.streams import build_stream, datasets_of
from mneme.data.fingerprint import file_hash, fingerprint
from mneme.data.layout import Folders
from mneme.data.stream import Stream, Task
from mneme.errors import UserError
from mneme.plan.names import RESERVED, TRAINED
from mneme.plan.plan import Plan

FINGERPRINTS = Path(".snakemake/mneme/fingerprints.json")


@cache
def stream_of(plan: Plan, name: str, asked_by: str = "config") -> Stream:
    """A stream of the catalogue.

    Raises:
        UserError: it does not exist, or has a class that its dataset lacks.
    """
    if name in RESERVED:
        raise UserError(f"{asked_by}: a stream cannot be called '{name}', which is a folder of results/; rename it")
    config = plan.catalogue.stream(name, asked_by)
    where = plan.catalogue.location("streams", name)
    classes = {dataset: class_names(plan, dataset, where) for dataset in datasets_of(config, where)}
    return build_stream(name, config, plan.catalogue, classes)


def seen(plan: Plan, experiment: str) -> Stream:
    """The tasks of its stream that an experiment looks at."""
    config = plan.experiment(experiment)
    return stream_of(plan, config.stream)[: config.tasks]


def tasks_of(plan: Plan, stream: str, last: int) -> list[Task]:
    """Tasks 1 to t of a stream.

    Raises:
        UserError: a target names a task that the stream does not have.
    """
    shape = stream_of(plan, stream)
    if not 1 <= last <= len(shape):
        where = f"{plan.results}/{stream}/.../task{last}"
        raise UserError(f"{where}: stream '{stream}' has tasks 1 to {len(shape)}; correct the target")
    return list(shape[:last])


def task_of(plan: Plan, stream: str, index: int) -> Task:
    """Task t of a stream; task 0 is the source of its base GAN."""
    source = stream_of(plan, stream).source
    return source if source and not index else tasks_of(plan, stream, index)[-1]


@cache
def class_names(plan: Plan, dataset: str, asked_by: str = "config") -> list[str]:
    """Names of a dataset's classes, from the catalogue or from the user's own files."""
    config = plan.catalogue.dataset(dataset, asked_by)
    if config.classes:
        return config.classes
    if config.one_class or (config.kind != "label" and not config.given_by):
        return [dataset]
    if config.path:
        return user_files(plan, dataset)["classes"] or [dataset]  # flat: one class, called like the dataset
    where = plan.catalogue.location("datasets", dataset)
    raise UserError(f"{where}: neither 'classes:' nor a 'path:' to find them in; add one of the two")


@cache
def user_files(plan: Plan, dataset: str) -> dict[str, Any]:
    """Content hash and class names of a user's own folder or archive."""
    config = plan.catalogue.dataset(dataset, dataset)
    within = config.classes if config.subset else None
    return fingerprint(
        Path(config.path).expanduser(),
        FINGERPRINTS,
        within,
        one_class=config.one_class or bool(config.direction or config.given),
        folders=Folders.of(config.model_dump(include=set(Folders._fields))),
        paired=config.paired,
    )


@cache
def user_file(path: str) -> str:
    """SHA-256 of a user's own file."""
    return file_hash(Path(path).expanduser(), FINGERPRINTS)


def published_base(plan: Plan, stream: str) -> schema.Base | None:
    """The base GAN that others trained, where a stream says ``base: published``."""
    config, where = plan.catalogue.stream(stream, "config"), plan.catalogue.location("streams", stream)
    return None if config.base == TRAINED else plan.catalogue.base(config.base, f"{where}: base")


def has_base(plan: Plan, stream: str) -> bool:
    """Whether methods can start from a base GAN."""
    return bool(published_base(plan, stream) or stream_of(plan, stream).source)


def evaluated_datasets(plan: Plan, stream: str) -> list[str]:
    """Datasets whose classes the stream's classifier tells apart: all of the stream's, the source's included."""
    shape = stream_of(plan, stream)
    return sorted({task.dataset for task in ([shape.source] if shape.source else []) + list(shape)})
