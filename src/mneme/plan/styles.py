"""The job that looks into a chain's style sets: one a stream and seed."""

from typing import Any

from mneme.plan.inputs import Inputs
from mneme.plan.jobs import Plan

TRUNCATED = 1  # the task whose FID is measured under truncation: the first, as Flowers in figure 4(b)


def spec(plan: Plan, stream: str, method: str, seed: int) -> dict[str, Any]:
    last = len(plan.stream(stream))
    return {
        "job": "styles",
        **plan.judging(stream, method, seed, last, [TRUNCATED]),
        "checkpoints": plan.model_spec(stream, method, seed, last),
        "truncate": TRUNCATED,
        **plan.tiered("styles"),
    }


def inputs(plan: Plan, stream: str, method: str, seed: int) -> Inputs:
    last = len(plan.stream(stream))
    return {**plan.judge_inputs(stream, [TRUNCATED]), **plan.model_inputs(stream, method, seed, last)}
