"""What jobs that train have in common: base GANs, and the tasks of chains."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mneme.data.stream import Task
from mneme.plan.job import Inputs, Job, code_of
from mneme.plan.jobs.prepare import data_of
from mneme.plan.methods import contract, gives, settings_of
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of


@dataclass(frozen=True)
class Spec:
    """``tasks`` hold no names: renaming a task trains nothing again. ``chain``: the spec of the generator that is
    replayed; ``weights``: checksum of published weights that the first task starts from; None without."""

    stream: str
    module: str
    seed: int
    size: int
    channels: int
    tasks: list[dict[str, Any]]
    settings: dict[str, Any]
    steps: int
    snapshots: list[int]
    threads: int
    chain: dict[str, Any] | None = None
    weights: str | None = None


def job(
    plan: Plan,
    stream: str,
    method: str,
    seed: int,
    tasks: list[Task],
    starts: Inputs,
    made: dict[str, str],
    *,
    rule: str = "train",
    named: str = "",
    chain: dict[str, Any] | None = None,
    modules: tuple[Path, ...] = (),
) -> Job:
    """Learn the last of some tasks.

    Args:
        starts: the checkpoints that it starts from, is built on or replays.
        named: the stream's name in the spec, where streams share the job.
        chain, modules: spec and code of the generator that is replayed.
    """
    shape, known = stream_of(plan, stream), contract(plan, method)
    settings = settings_of(plan, stream, method, tasks[-1].index)
    steps = settings["steps"] * (len(tasks) if settings.get("steps_grow") else 1)
    spec = Spec(
        stream=named or stream,
        module=known["module"],
        seed=seed,
        size=shape.size,
        channels=shape.channels,
        tasks=[task.unnamed() for task in tasks],
        settings=settings,
        steps=steps,
        snapshots=snapshot_steps(steps, settings["snapshots"], settings.get("spacing", "even")),
        threads=settings["threads"],
        chain=chain,
        weights=plan.catalogue.evaluation.resnet18.checksum if "resnet18_weights" in starts else None,
    )
    tested = not gives(plan, method, "images")
    seen = tasks if tested or known["SEES"] == "all" else tasks[-1:]
    inputs = {"data": data_of(plan, seen, shape.size, shape.load_size), **starts}
    return Job(rule, spec, inputs, made, code_of(plan, rule, known["file"], *modules))


def snapshot_steps(steps: int, count: int, spacing: str) -> list[int]:
    """After which steps a generator is kept: the last one, and ``count - 1`` on the way there, each once.

    ``even`` is ``steps / count`` apart; ``log`` begins with step 1 and each is the same multiple of the one before.
    """
    if spacing == "log" and count > 1:
        return sorted({round(steps ** (k / (count - 1))) for k in range(count)})
    return sorted({max(1, steps * k // count) for k in range(1, count + 1)})
