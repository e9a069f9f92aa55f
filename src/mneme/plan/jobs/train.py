"""Learn one task of a chain; the contract of the method gives the job its inputs (table in ``mneme.method``)."""

import json
from functools import cache

from mneme.plan.job import LINEAGE, File, Inputs, Job, outputs
from mneme.plan.jobs import base, download, training
from mneme.plan.methods import checkpoints_of, constant, contract, learner
from mneme.plan.names import BASE, CHECKPOINT
from mneme.plan.plan import Plan
from mneme.plan.tasks import tasks_of

OUTPUTS = {
    "checkpoint": f"{CHECKPOINT}/checkpoint.pt",
    "snapshots": f"{CHECKPOINT}/snapshots.pt",
    "losses": f"{CHECKPOINT}/losses.jsonl",
    "timing": f"{CHECKPOINT}/timing.json",
    LINEAGE: f"{CHECKPOINT}/train.lineage.json",
}


@cache
def job(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    """Task t of a chain, in the folder of this method."""
    known, starts = contract(plan, method), {}
    tasks = tasks_of(plan, stream, task)
    if known["CHAINED"] and task > 1:
        starts["previous"] = of_chain(plan, stream, method, seed, task - 1).file("checkpoint")
    elif known["BASE"] == "start":
        starts["previous"] = base.checkpoint(plan, stream, seed)
    starts |= base.frozen(plan, stream, known, seed)
    if task == 1 and constant(plan, stream, method, "PRETRAINED") in download.WEIGHTS:
        starts |= download.network_weights(plan, constant(plan, stream, method, "PRETRAINED"))
    made = outputs(OUTPUTS, plan, stream=stream, method=method, seed=seed, task=task)
    replays = known["replays"] if task > 1 else None
    if not replays:
        return training.job(plan, stream, method, seed, tasks, starts, made)
    generator = model(plan, stream, replays, seed, task - 1)
    names = {"base": "replayed_base", "checkpoints": "replayed"}
    starts |= {names[name]: files for name, files in generator.items()}
    chain = json.loads(of_chain(plan, stream, replays, seed, task - 1).text)
    file = contract(plan, learner(plan, stream, replays, task - 1))["file"]
    return training.job(plan, stream, method, seed, tasks, starts, made, chain=chain, modules=(file,))


def of_chain(plan: Plan, stream: str, method: str, seed: int, task: int) -> Job:
    """The job that learned task t of a chain: another method's, where task 1 is shared, or the base GAN's."""
    if method == BASE:
        return base.of_stream(plan, stream, seed)
    return job(plan, stream, learner(plan, stream, method, task), seed, task)


def model(plan: Plan, stream: str, method: str, seed: int, task: int) -> Inputs:
    """What makes up a model after task t: its checkpoints, on the base GAN where that is frozen."""
    indices = checkpoints_of(plan, method, task)
    kept = {k: of_chain(plan, stream, method, seed, k).file("checkpoint") for k in indices}
    return {**base.frozen(plan, stream, contract(plan, method), seed), "checkpoints": kept}


def snapshots(plan: Plan, stream: str, method: str, seed: int, task: int) -> Inputs:
    """The generators along task t, on the base GAN where that is frozen."""
    kept: File = of_chain(plan, stream, method, seed, task).file("snapshots")
    return {**base.frozen(plan, stream, contract(plan, method), seed), "snapshots": kept}
