"""What a stream costs on disk and in time, task by task."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mneme.files import load


def rows(method: str, checkpoints: Sequence[Path], benchmarks: Sequence[Path], together: bool) -> list[dict[str, Any]]:
    """One row a task of one chain.

    Args:
        checkpoints: of tasks 1, 2, ...
        benchmarks: Snakemake's measurement of each training job; a file that is gone leaves its times empty.
        together: the model after task t is all checkpoints up to t; otherwise that of t alone.

    Returns:
        ``bytes``: of the files of the model after the task; ``added``: more than after the task before; ``counted``:
        four for each number that the method keeps of the task; ``seconds`` on the clock and ``cpu_seconds`` of the
        training job (of its last run, if it was killed on the way).
    """
    found, before = [], 0
    for task, (path, benchmark) in enumerate(zip(checkpoints, benchmarks, strict=True), start=1):
        size, spent = path.stat().st_size + (before if together else 0), _last(benchmark)
        times = {"seconds": spent.get("s"), "cpu_seconds": spent.get("cpu_time")}
        kept = 4 * load(path, "parameters", mmap=True)["parameters"]
        found.append({"method": method, "task": task, "bytes": size, "added": size - before, "counted": kept, **times})
        before = size
    return found


def _last(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8").splitlines()[-1]) if path.exists() else {}
