"""Train the base GAN on a stream's source, or import one that others trained."""

import re
from functools import cache

from mneme.errors import UserError
from mneme.plan.job import LINEAGE, File, Inputs, Job, outputs
from mneme.plan.jobs import import_base, training
from mneme.plan.names import BASE
from mneme.plan.plan import Plan
from mneme.plan.tasks import class_names, published_base, stream_of
from mneme.spec import spec_hash

FOLDER = "<results>/bases/{source}/seed{seed}"
OUTPUTS = {
    "checkpoint": f"{FOLDER}/checkpoint.pt",
    "snapshots": f"{FOLDER}/snapshots.pt",
    "losses": f"{FOLDER}/losses.jsonl",
    LINEAGE: f"{FOLDER}/train.lineage.json",
}


@cache
def name_of(plan: Plan, stream: str) -> str:
    """The folder of a stream's base GAN: its dataset, its classes where they are not all, its size."""
    shape = stream_of(plan, stream)
    if shape.source is None:
        where = plan.catalogue.location("streams", stream)
        raise UserError(f"{where}: neither 'source:' nor 'base:', so no base GAN; correct the target, or add one")
    names = class_names(plan, shape.source.dataset)
    chosen = [names[index] for index in shape.source.classes]
    some = "" if len(chosen) == len(names) else "-" + "_".join(chosen)
    if len(some) > 40 or not re.fullmatch(r"[\w-]*", some):  # also a class that is no word for a folder
        some = f"-{len(chosen)}classes-{spec_hash({'classes': chosen})[:6]}"
    colour = "" if shape.channels == (plan.catalogue.dataset(shape.source.dataset, "").channels or 3) else "-rgb"
    return f"{shape.source.dataset}{some}-{shape.size}px{colour}"


@cache
def job(plan: Plan, source: str, seed: int) -> Job:
    """The base GAN in this folder; all streams that share it describe the same job (``plan.check``)."""
    streams = (experiment.stream for experiment in plan.experiments.values())
    stream = plan.one_of({name_of(plan, s): s for s in streams if stream_of(plan, s).source}, "bases", source)
    return of_stream(plan, stream, seed)


@cache
def of_stream(plan: Plan, stream: str, seed: int) -> Job:
    """The job that makes a stream's base GAN: trained on its source, or imported."""
    if published_base(plan, stream):
        return import_base.job(plan, plan.catalogue.stream(stream, "config").base)
    source = name_of(plan, stream)
    made = outputs(OUTPUTS, plan, source=source, seed=seed)
    return training.job(plan, stream, BASE, seed, [stream_of(plan, stream).source], {}, made, rule="base", named=source)


def checkpoint(plan: Plan, stream: str, seed: int) -> File:
    return of_stream(plan, stream, seed).file("checkpoint")


def frozen(plan: Plan, stream: str, contract: dict[str, object], seed: int) -> Inputs:
    """The base GAN as an input, where a method trains and samples on top of it."""
    return {"base": checkpoint(plan, stream, seed)} if contract["BASE"] == "frozen" else {}
