"""One job of a solver: learn a task, test on all tasks so far, write checkpoint, rows and losses."""

import importlib
from pathlib import Path
from typing import Any

import torch

from mneme.data.load import load as load_task
from mneme.data.stream import Task
from mneme.files import load, save, write_bytes, write_json
from mneme.machine.device import describe
from mneme.script import Output
from mneme.settings import Settings
from mneme.solvers.network import pretrain
from mneme.solvers.solver import Images, Solver
from mneme.spec import class_name, derive_seed, spec_hash
from mneme.training.job import resident, training_images
from mneme.training.loop import train
from mneme.training.restore import load_checkpoint, restore
from mneme.training.resume import Resume


def solve(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    previous: Path | None = None,
    resnet18_weights: Path | None = None,
    base: Path | None = None,
    checkpoints: dict[int, Path] | None = None,
    device: torch.device,
    checkpoint: Output,
    rows: Output,
    losses: Output,
) -> None:
    """Learn one task with a solver, and test it on all tasks so far.

    The last task of the spec is learned; after a diverged one, or on replays of a diverged generator, it is not, and
    its checkpoint says why.

    Args:
        data: prepared file of each dataset; of earlier tasks only test images are read, unless the solver sees all.
        previous: the solver's checkpoint after the task before.
        resnet18_weights: published weights that the first task starts from.
        base, checkpoints: of the generator that is replayed (:func:`mneme.training.restore.restore`).
        rows: rows of the classification table, JSON.
    """
    others = filter(None, (previous, resnet18_weights, base))
    resume = Resume.of_job(checkpoint, spec, [*data.values(), *(checkpoints or {}).values(), *others])
    tasks, settings = [Task.from_dict(task) for task in spec["tasks"]], spec["settings"]
    seed = (spec["seed"], spec["stream"], "solver", tasks[-1].index)
    cls = solver_class(spec["module"])
    real = resident(training_images(tasks[-1:], data, spec["channels"]), device)
    tests = {task.index: load_task(task, "test", data, spec["channels"]) for task in tasks}
    past: Any = None
    if cls.SEES == "all":
        past = {task.index: training_images([task], data, spec["channels"]) for task in tasks[:-1]}
    statuses: dict[int, dict] = {}
    if checkpoints:
        past, statuses = restore(spec["chain"], base, checkpoints, device)

    before = load_checkpoint(previous) if previous else None
    torch.manual_seed(derive_seed(*seed, "begin"))
    solver = cls(Settings(settings), tasks, spec["size"], spec["channels"], device, seed, tests, past)
    if resnet18_weights:
        pretrain(solver.network, resnet18_weights, spec["weights"])
    solver.begin(before["state"] if before else None)
    steps, every = settings["steps"], settings["test_every"]
    tested = [*range(every, steps, every), steps]
    if reason := why_not(before, statuses):
        status = {"state": "diverged", "step": 0, "reason": reason}
    else:
        status = train(solver, real, steps=steps, batch=settings["batch"], seed=seed, snapshots=tested, resume=resume)
    if status["state"] == "ok":
        solver.end(real)
    else:
        print(f"{status['state']}: {status['reason']}")

    origin = {name: spec[name] for name in ("stream", "solver", "seed")} | {"checkpoint": tasks[-1].index}
    origin |= {"spec": spec_hash(spec), "steps": steps, "device": describe(device), "torch": torch.__version__}
    measured = []
    for step in tested:
        right = load(path) if (path := resume.snapshot_path(step)).exists() else {}
        measured += [{**origin, "step": step, **score(task, right, tests, status)} for task in tasks]
    write_bytes(losses, resume.losses())
    write_json(rows, measured)
    save(checkpoint, {"spec": spec_hash(spec), "status": status, "state": solver.state()})
    resume.done()


def solver_class(module: str) -> type[Solver]:
    """A solver called ``replay`` is the class ``Replay`` of ``mneme.solvers.replay``, imported by name."""
    found = importlib.import_module(f"mneme.solvers.{module}")
    return getattr(found, class_name(module))


def why_not(before: dict[str, Any] | None, statuses: dict[int, dict]) -> str:
    """Why a task cannot be learned, or ``""``."""
    if before and before["status"]["state"] == "diverged":
        return "the checkpoint it starts from has diverged"
    broken = [index for index, status in statuses.items() if status["state"] == "diverged"]
    return f"the generator whose samples it would replay has diverged in task {broken[0]}" if broken else ""


def score(task: Task, right: dict[int, int], tests: dict[int, Images], status: dict[str, Any]) -> dict[str, Any]:
    """A task's accuracy, 0 to 1: the share of its n test images that are given their own class; None where none was
    tested."""
    n, known = len(tests[task.index]["y"]), task.index in right
    value = right[task.index] / n if known else None
    state = "ok" if known else status["state"]
    return {"task": task.index, "task_name": task.name, "value": value, "n": n, "status": state}
