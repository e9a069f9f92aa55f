"""Which results are there already and of this config and code: asked of the files, not of Snakemake's records.

Every job leaves a file that says what it was made from (``mneme.lineage``). A result whose file says what the plan
says is kept, wherever it was made and whatever its time stamps are; one that says something else is made again.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mneme.errors import UserError
from mneme.lineage import digest
from mneme.plan.job import LINEAGE, File, Job

SAME, MISSING, RECORD = "same", "missing", "record"
FUTURE = 4_000_000_000  # the year 2096
HASH = re.compile(r"\[?'?[0-9a-f]{16}\b.*")  # of a job, or of several


@cache
def state(job: Job) -> str:
    """``same``, ``missing``, or what is different: ``settings``, ``code``, ``inputs``, or ``record``: nothing is said.

    ``inputs`` are different where the job itself is the same, and one that it reads was made from something else.
    """
    try:
        made = json.loads(Path(job.outputs[LINEAGE]).read_text(encoding="utf-8"))
        kept, spec, code = made["hash"], made["spec"], made["spec"]["code"]
    except OSError:
        return RECORD if any(Path(path).exists() for path in job.outputs.values()) else MISSING
    except (ValueError, TypeError, KeyError):
        return RECORD  # a damaged file says nothing
    if kept == job.hash:
        return SAME if all(state(one) in (SAME, MISSING) for one in job.needs) else "inputs"
    if code != job.code:
        return "code"
    return "settings" if any(spec.get(name) != value for name, value in _own(job).items()) else "inputs"


def _own(job: Job) -> dict[str, Any]:
    """The settings of a job, as JSON holds them; a chain is the spec of a job whose files it reads."""
    return json.loads(json.dumps({name: value for name, value in vars(job.spec).items() if name != "chain"}))


def in_order(job: Job) -> bool:
    """Whether none of the job's inputs is newer than one of its outputs; files that are absent do not count."""
    read = [file.path for name in job.inputs for file in job.files(name) if file.job]
    return max(_dates(read), default=0.0) <= min(_dates(job.outputs.values()), default=0.0)


def as_made(job: Job) -> bool:
    """Whether the job's inputs are as the jobs that made them left them; asked where dates do not tell."""
    return all(_as_made(file) for name in job.inputs for file in job.files(name) if file.job)


@cache
def _as_made(file: File) -> bool:
    try:
        made = json.loads(Path(file.job.outputs[LINEAGE]).read_text(encoding="utf-8"))["outputs"]
        return made[Path(file.path).name] in (None, digest(Path(file.path)))
    except (OSError, ValueError, TypeError, KeyError, UserError):
        return False


def _dates(paths: Iterable[str]) -> Iterator[float]:
    return (path.stat().st_mtime for path in map(Path, paths) if path.exists())


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


def differences(record: Path, now: dict[str, Any]) -> list[str]:
    """Settings, such as ``settings.lr``, of which the record of a result says otherwise than a spec does.

    What comes from other jobs is left out: hashes, and the spec of a chain.
    """
    before = json.loads(record.read_text(encoding="utf-8"))["spec"]
    return [name for name in _differing("", before, now) if name.partition(".")[0] not in ("code", "chain")]


def _differing(name: str, before: Any, now: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _differing(f"{name}.{key}" if name else key, before.get(key), now.get(key))
    elif before != now and not HASH.fullmatch(str(before)) and not HASH.fullmatch(str(now)):
        yield name
