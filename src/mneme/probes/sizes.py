"""What methods keep of a task: parameters, bytes, and the seconds that it took."""

import importlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mneme.data.load import load as load_images
from mneme.data.stream import Task
from mneme.files import load, write_json
from mneme.script import Output, Varying
from mneme.spec import class_name, spec_hash


def measure_sizes(
    spec: dict[str, Any],
    *,
    checkpoints: dict[str, Path] | None = None,
    base: Path | None = None,
    data: dict[str, Path] | None = None,
    benchmarks: str,
    parameters: Output,
    storage: Varying,
) -> None:
    """Count what each method keeps of a task, in parameters, bytes and seconds.

    Args:
        checkpoints: ``METHOD/TASK`` -> file, in order of tasks.
        base: checkpoint of the base GAN.
        data: prepared file of each dataset.
        benchmarks: folder of Snakemake's measurements of jobs, at this tier.
        parameters: method -> parameters of its last task, and of the base generator (None without one); of a method
            that says how it grew also its rows, and bytes of all training images. JSON.
        storage: rows of :func:`rows`, JSON. It holds seconds, so it is not the same in every run.
    """
    generator = load(base, "parameters", mmap=True)["parameters"] if base else None
    images = training_bytes(map(Task.from_dict, spec["tasks"]), data, spec["channels"]) if data else 0
    chains: dict[str, dict[int, Path]] = {}
    for name, path in (checkpoints or {}).items():
        method, _, task = name.partition("/")
        chains.setdefault(method, {})[int(task)] = path
    counts, found = {}, []
    for method, paths in chains.items():
        last = load(paths[max(paths)], "parameters", "state", mmap=True)
        module = spec["modules"][method]
        growth = getattr(importlib.import_module(module), class_name(module)).growth(last["state"])
        counts[method] = {"per_task": last["parameters"], "generator": generator, **growth}
        shared = base.stat().st_size if base and method in spec["frozen"] else 0
        if growth and data:
            counts[method]["data"] = images
        # <stream>/<method>/seed<k>/task<t>, of the method whose job it was: another's first task may be shared
        measured = [Path(benchmarks).joinpath(*path.parts[-5:-1]).with_suffix(".jsonl") for path in paths.values()]
        found += rows(method, paths, measured, method in spec["together"], shared)
        print(f"{method}: {last['parameters']:,} parameters a task, {found[-1]['bytes']:,} bytes", file=sys.stderr)
    write_json(parameters, counts)
    write_json(storage, [{**row, "seed": spec["seed"], "spec": spec_hash(spec)} for row in found])


def training_bytes(tasks: Iterable[Task], data: dict[str, Path], channels: int) -> int:
    """Bytes of the training images of some tasks, one a value, as they are prepared."""
    return sum(load_images(task, "train", data, channels)["x"].numel() for task in tasks)


def rows(
    method: str, checkpoints: Mapping[int, Path], benchmarks: Sequence[Path], together: bool, base: int = 0
) -> list[dict[str, Any]]:
    """One row a task of one chain.

    Args:
        checkpoints: task -> file, in order.
        benchmarks: Snakemake's measurement of each training job; a file that is gone leaves its times empty.
        together: the model after task t is all checkpoints up to t; otherwise that of t alone.
        base: bytes of a frozen base GAN that the model needs beside its checkpoints.

    Returns:
        ``bytes``: of the files of the model after the task; ``added``: more than after the task before; ``base``: bytes
        of the frozen base GAN, not in ``bytes``; ``counted``: four for each number that the method keeps of the task;
        ``real``: number of real images of past tasks in the checkpoint; ``seconds`` on the clock and ``cpu_seconds`` of
        the training job (of its last run, if it was killed on the way).
    """
    found, before = [], 0
    for (task, path), benchmark in zip(checkpoints.items(), benchmarks, strict=True):
        size, spent = path.stat().st_size + (before if together else 0), _last(benchmark)
        times = {"seconds": spent.get("s"), "cpu_seconds": spent.get("cpu_time")}
        checkpoint = load(path, "parameters", "state", mmap=True)
        kept = {"counted": 4 * checkpoint["parameters"], "real": real_samples(checkpoint["state"])}
        found.append(
            {"method": method, "task": task, "bytes": size, "added": size - before, "base": base, **kept, **times}
        )
        before = size
    return found


def real_samples(state: Mapping[str, Any]) -> int:
    """Number of real images of past tasks in a checkpoint: ``kept``, by class (:mod:`mneme.method`, KEEPS)."""
    return sum(len(images) for images in state.get("kept", {}).values())


def _last(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) if path.exists() else {}
