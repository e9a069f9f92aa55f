"""Look into the style sets that a chain keeps: views, interpolations, singular values, truncation."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from mneme.data.stream import Stream
from mneme.plan.job import LINEAGE, Job, code_of, outputs
from mneme.plan.jobs import evaluate, reference, train
from mneme.plan.methods import contract, evaluation_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of, task_of

FOLDER = "<results>/{stream}/{method}/seed{seed}/styles"
OUTPUTS = {
    "images": f"{FOLDER}/images.pt",
    "singular": f"{FOLDER}/singular.json",
    "truncation": f"{FOLDER}/truncation.json",
    LINEAGE: f"{FOLDER}/styles.lineage.json",
}
TRUNCATED = 1  # the task whose FID is measured under truncation: the first, as Flowers in GAN Memory's figure 4(b)


@dataclass(frozen=True)
class Spec(evaluate.Chain):
    """``task`` is the one that is measured under truncation; all are viewed."""

    task: dict[str, Any]
    rows: int
    columns: int
    energies: list[float]


@cache
def job(plan: Plan, stream: str, method: str, seed: int) -> Job:
    last = len(stream_of(plan, stream))
    chain = evaluate.chain_of(plan, stream, method, seed, last)
    spec = Spec(**chain, task=task_of(plan, stream, TRUNCATED).to_dict(), **evaluation_settings(plan, "styles"))
    inputs = {**reference.evaluators(plan, stream, [TRUNCATED]), **train.model(plan, stream, method, seed, last)}
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed)
    return Job("styles", spec, inputs, made, code_of(plan, "styles", evaluate.module_of(plan, stream, method, last)))


def why_not(plan: Plan, stream: Stream, method: str) -> str:
    """Why a method cannot be looked into on a stream, or ``""``."""
    if "styles" not in contract(plan, method)["PROBES"]:
        return f"{method} does not offer this probe; leave it out"
    if len(stream) < len(stream_of(plan, stream.name)):
        return "looks at all tasks of the stream; leave it out, or 'tasks:' of the experiment"
    return ""
