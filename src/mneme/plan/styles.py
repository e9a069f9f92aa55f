"""The job that looks into a chain's style sets: one a stream and seed, of the first ``gan_memory`` of an experiment."""

from typing import Any

from mneme.plan.jobs import Plan
from mneme.plan.resolve import resolve
from mneme.spec import spec_hash

TRUNCATED = 1  # the task whose FID is measured under truncation: the first, as Flowers in figure 4(b)


def settings(plan: Plan) -> dict[str, Any]:
    """How much is looked at, at this tier."""
    config, place = plan.catalogue.evaluation.styles, "config/evaluation.yaml: styles"
    return resolve(config.settings, [(f"{place}.tiers.{plan.tier}", config.tiers.get(plan.tier, {}))], {}, place)


def spec(plan: Plan, stream: str, method: str, seed: int) -> dict[str, Any]:
    last = len(plan.stream(stream))
    checkpoints = {str(k): spec_hash(plan.train_spec(stream, method, seed, k)) for k in plan.memory(method, last)}
    return {
        "job": "styles",
        **plan._judging(stream, method, seed, last, [TRUNCATED]),
        "checkpoints": checkpoints,
        "truncate": TRUNCATED,
        **settings(plan),
    }


def inputs(plan: Plan, stream: str, method: str, seed: int) -> dict[str, Any]:
    last = len(plan.stream(stream))
    return {
        **plan.judge_inputs(stream, [TRUNCATED]),
        **plan.frozen_base(stream, method, seed),
        "checkpoints": [plan.checkpoint(stream, method, seed, k) for k in plan.memory(method, last)],
    }
