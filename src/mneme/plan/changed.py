"""Which results are there already and of this config and code: asked of the files, not of Snakemake's records.

Every job leaves a file that says what it was made from (``mneme.lineage``). A result whose file says what the plan
says is kept, wherever it was made and whatever its time stamps are; one that says something else is made again.
"""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mneme.plan.job import LINEAGE, Job

SAME, MISSING = "same", "missing"
FUTURE = 4_000_000_000  # the year 2096


@cache
def state(job: Job) -> str:
    """``same``, ``missing``, or what is different: ``settings``, ``code`` or ``inputs``.

    ``inputs`` are different where the job itself is the same, and one that it reads was made from something else.
    """
    try:
        made = json.loads(Path(job.outputs[LINEAGE]).read_text(encoding="utf-8"))
        kept, code = made["hash"], made["spec"]["code"]
    except OSError:
        return MISSING if not any(Path(path).exists() for path in job.outputs.values()) else "settings"
    except (ValueError, TypeError, KeyError):
        return "settings"  # a damaged file says nothing
    if kept == job.hash:
        return SAME if all(state(one) in (SAME, MISSING) for one in job.needs) else "inputs"
    if code != job.code:
        return "code"
    own = json.loads(json.dumps(vars(job.spec)))
    return "inputs" if own.items() <= made["spec"].items() else "settings"


@cache
def mark(what: str) -> str:
    """An empty file, newer than every result, that Snakemake names as its reason to run a job: ``changed/settings``.

    It lies in a temporary folder until this process ends, so a plan leaves the working directory as it is. Its date is
    in the future, as that of a result may be; whoever starts a run dates it now (``operations.start``).
    """
    path = Path(marks(), what)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.utime(path, (FUTURE, FUTURE))
    return str(path)


def marks() -> str:
    """The folder of the marks."""
    return f"{_folder().name}/changed"


@cache
def _folder() -> TemporaryDirectory:
    return TemporaryDirectory(prefix="mneme-")


def differences(job: Job) -> Iterator[tuple[str, Any, Any]]:
    """(key, before, now) of what the spec of a result says otherwise than the plan."""
    made = json.loads(Path(job.outputs[LINEAGE]).read_text(encoding="utf-8"))["spec"]
    yield from _differences("", made, json.loads(job.text))


def _differences(where: str, before: Any, now: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted({*before, *now}):
            yield from _differences(f"{where}.{name}" if where else name, before.get(name), now.get(name))
    elif before != now:
        yield where, before, now
