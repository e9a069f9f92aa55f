"""How many numbers a model is made of after each task, further than a stream goes, and how many of an earlier model are
still there (Hyper-LifelongGAN, Table 5 and section 4.2).

Counted are real networks, built on torch's meta device, which knows shapes and holds no numbers.
"""

import sys
from pathlib import Path
from typing import Any

import torch

from mneme.files import load, write_json
from mneme.method import Method
from mneme.networks.hyper_translator import FilterGenerators
from mneme.script import Output
from mneme.spec import spec_hash
from mneme.state import numbers
from mneme.training.restore import create

META = torch.device("meta")


def measure_capacity(spec: dict[str, Any], *, checkpoints: dict[str, Path] | None = None, output: Output) -> None:
    """Count the numbers that sampling needs, after 1, 2, ... tasks, at the width of the run and at the published one.

    Args:
        checkpoints: ``METHOD/TASK`` -> file of the last two tasks, of methods that go on from task to task.
        output: method -> ``here`` and ``published``, each with ``width``, ``after``, a count for each number of tasks,
            and ``layers``, what another task adds to each layer where filters are generated; and, where there are
            checkpoints, ``before`` and ``changed``, the numbers of the translator before the last task and how many of
            them that task changed. JSON.
    """
    found: dict[str, Any] = {}
    for name, known in spec["methods"].items():
        found[name] = {scale: counted(spec, known, known[scale]) for scale in ("here", "published")}
        paths = {
            int(key.rpartition("/")[2]): path for key, path in (checkpoints or {}).items() if key.startswith(f"{name}/")
        }
        if paths:
            old, new = (load(paths[task], "state", mmap=True)["state"]["forward"] for task in sorted(paths))
            found[name] |= {"before": numbers(old), "changed": changed(old, new)}
        print(f"{name}: {found[name]['published']['after'][:2]} numbers at the published width", file=sys.stderr)
    write_json(output, {"spec": spec_hash(spec), "seed": spec["seed"], "methods": found})


def counted(spec: dict[str, Any], known: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Counts of one method at one width."""
    each = [begun(spec, known, settings, tasks) for tasks in range(1, spec["tasks"] + 1 if known["chained"] else 2)]
    counts = [numbers(method.snapshot()) for method in each]
    if not known["chained"]:  # a model of its own for each task
        counts = [counts[0] * tasks for tasks in range(1, spec["tasks"] + 1)]
    return {"width": settings["width"], "after": counts, "layers": added_to_layers(each[-1])}


def begun(spec: dict[str, Any], known: dict[str, Any], settings: dict[str, Any], tasks: int) -> Method:
    """The method at the start of a task, the stream's tasks one after another as often as it takes."""
    chain = [{**spec["stream_tasks"][k % len(spec["stream_tasks"])], "index": k + 1} for k in range(tasks)]
    shape = {"module": known["module"], "settings": settings, "tasks": chain}
    with META:
        method = create({**shape, "size": spec["size"], "channels": spec["channels"]}, None, META)
        method.begin(None, {})
    return method


def added_to_layers(method: Method) -> list[int]:
    """Numbers of the filter generators of the last task, layer by layer; empty where a task has none of its own."""
    sets = [
        module
        for network in getattr(method, "translators", {}).values()
        for module in network.modules()
        if isinstance(module, FilterGenerators)
    ]
    if not sets or len(sets) < len(method.tasks):
        return []
    return sets[-1].sizes()


def changed(old: dict[str, torch.Tensor], new: dict[str, torch.Tensor]) -> int:
    """How many numbers of ``old`` are others in ``new``, or gone."""
    return sum(
        int((value != new[name]).sum()) if name in new and new[name].shape == value.shape else value.numel()
        for name, value in old.items()
    )
