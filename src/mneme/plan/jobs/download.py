"""Fetch a published file and verify its checksum."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mneme.errors import UserError
from mneme.plan.job import LINEAGE, File, Inputs, Job, code_of, outputs
from mneme.plan.plan import Plan

OUTPUTS = {"output": "data/downloads/{path}", LINEAGE: "data/downloads/{path}.lineage.json"}
WEIGHTS = {"inception": "Apache-2.0", "resnet18": "BSD-3-Clause"}
"""Published networks of ``config/evaluation.yaml``, with their licences."""


@dataclass(frozen=True)
class Spec:
    """What the file is; not where it comes from."""

    path: str
    checksum: str
    checksum_of: str


@cache
def job(plan: Plan, path: str) -> Job:
    """Of the file that belongs at ``data/downloads/<path>``.

    Raises:
        UserError: nothing in the catalogue has this file.
    """
    for name, role, licence, file in _known(plan):
        if file.path == path:
            options = {"dataset": name, "role": role, "licence": licence, "mirrors": file.mirrors}
            options |= {"bytes": str(file.bytes)} if file.bytes else {}
            options |= {"mirror": plan.config.mirror} if plan.config.mirror else {}
            made = outputs(OUTPUTS, plan, path=path)
            spec = Spec(file.path, file.checksum, file.checksum_of)
            return Job("download", spec, {}, made, code_of(plan, "download"), options)
    raise UserError(
        f"data/downloads/{path}: nothing in config/datasets.yaml, bases.yaml or evaluation.yaml has this file; "
        "correct the path"
    )


def _known(plan: Plan):
    """(name, role, licence, file) of everything that can be downloaded."""
    for name, licence in WEIGHTS.items():
        yield name, "weights", licence, getattr(plan.catalogue.evaluation, name)
    for name in plan.catalogue.names("bases"):
        base = plan.catalogue.base(name, "config")
        if base.file:
            yield name, "base", base.licence, base.file
    for name in plan.catalogue.names("datasets"):
        dataset = plan.catalogue.dataset(name, "config")
        for role, file in dataset.files.items():
            yield name, role, dataset.licence, file


def file(plan: Plan, path: str) -> File:
    """A downloaded file, as an input."""
    return job(plan, path).file("output")


def network_weights(plan: Plan, network: str) -> Inputs:
    """Published weights as an input, where the config asks for them: downloaded, or a user's own copy."""
    wanted = getattr(plan.config, f"{network}_weights")
    if not wanted:
        return {}
    published = getattr(plan.catalogue.evaluation, network)
    own = File(str(Path(wanted).expanduser()), None, published.checksum)
    return {f"{network}_weights": file(plan, published.path) if wanted == "download" else own}
