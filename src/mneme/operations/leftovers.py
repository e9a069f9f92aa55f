"""Resume folders that no job goes on from: of a job whose settings, code or inputs have changed since it was killed."""

import fcntl
import shlex
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mneme.operations.dry_run import TRAINING, Job
from mneme.training.resume import FOLDER, LOCK, identity_of

NAMED = "--data", "--replayed"  # options of training that take NAME=FILE
READ = *NAMED, "--base", "--previous", "--resnet18-weights", "--replayed-base"  # all that take the files it reads


@dataclass(frozen=True)
class Leftovers:
    """Folders with their bytes.

    Attributes:
        stale: of tasks that are complete, or that the plan trains otherwise.
        elsewhere: of half-trained tasks that the plan does not have; another config may.
    """

    stale: dict[Path, int]
    elsewhere: dict[Path, int]

    def __str__(self) -> str:
        lines = [f"{said(self.stale)}, that no job goes on from:"] if self.stale else ["No resume folder is left over."]
        lines += [f"  {size / 1e6:,.1f} MB  {path}" for path, size in self.stale.items()]
        lines += [f"To remove them: rm -r {shlex.join(map(str, self.stale))}"] if self.stale else []
        if self.elsewhere:
            lines.append(f"{said(self.elsewhere)}, of tasks that this plan does not have; another config may go on:")
            lines += [f"  {size / 1e6:,.1f} MB  {path}" for path, size in self.elsewhere.items()]
        return "\n".join(lines)


def said(found: dict[Path, int]) -> str:
    """``2 resume folders, 1.5 MB``."""
    return f"{len(found)} resume folder{'s' if len(found) > 1 else ''}, {sum(found.values()) / 1e6:,.1f} MB"


def leftovers(planned: Iterable[Job], results: Path = Path("results")) -> Leftovers:
    """The resume folders below ``results`` that no planned job owns, and of which no process trains the task now."""
    planned = list(planned)
    coming = {path for job in planned for path in job.outputs}
    owners = {Path(job.outputs[0]).parent: job for job in planned if job.rule in TRAINING}
    stale, elsewhere = {}, {}
    for path in sorted(path for path in results.rglob(f"{FOLDER}*") if path.is_dir()):
        job = owners.get(path.parent)
        if is_trained_now(path.parent) or (job and owned(job, coming) in (None, path.name)):
            continue
        known = job or (path.parent / "checkpoint.pt").exists()
        (stale if known else elsewhere)[path] = sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return Leftovers(stale, elsewhere)


def owned(job: Job, coming: set[str]) -> str | None:
    """Name of a training job's resume folder.

    Args:
        coming: files that are yet to be made.

    Returns:
        None where that depends on such files.
    """
    paths = [word.partition("=")[2] if option in NAMED else word for option in READ for word in following(job, option)]
    if job.spec is None or any(path in coming or not Path(path).exists() for path in paths):
        return None
    return FOLDER + identity_of(job.spec, map(Path, paths))


def following(job: Job, option: str) -> list[str]:
    """All words that follow an option in a job's command, up to the next one."""
    words = list(job.words[job.words.index(option) + 1 :]) if option in job.words else []
    return words[: next((place for place, word in enumerate(words) if word.startswith("--")), None)]


def is_trained_now(folder: Path) -> bool:
    """Whether a process holds the lock of a task's folder."""
    with suppress(FileNotFoundError), open(folder / LOCK, encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:  # a file system without locks
            return False
    return False
