"""Half-trained tasks that survive a kill.

The state lives beside the outputs at a path Snakemake does not know (declared outputs are deleted when a job fails),
is named after the job's spec and code (a changed job never resumes a stale state), and goes when the job succeeds.
"""

import fcntl
import hashlib
import io
import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import IO, Any

from mneme.errors import UserError
from mneme.files import load, save, writing


class Interrupted(SystemExit):
    """SIGTERM (pre-emption, ``scancel``, Ctrl-C of Snakemake): the state was saved, the next attempt goes on."""


class Resume:
    """Where a job stands.

    Args:
        folder: undeclared folder of this job.
        identity: hash of spec and code.
        every: seconds between saves.
    """

    def __init__(self, folder: Path, identity: str, every: float) -> None:
        self.folder, self.identity, self.every = folder, identity, every
        self.state_path, self.losses_path = folder / "state.pt", folder / "losses.jsonl"
        self.timing_path = folder / "timing.jsonl"
        self.saved_at = time.monotonic()
        self.asked_to_stop = False
        self.lock: IO[str] = io.StringIO()  # nothing held yet

    @classmethod
    def beside(cls, output: Path, spec: dict[str, Any], code: str, every: float) -> "Resume":
        """Of the job that writes ``output``, for its spec and its code."""
        identity = hashlib.sha256(f"{json.dumps(spec, sort_keys=True)}{code}".encode()).hexdigest()[:16]
        return cls(output.parent / f".resume-{identity}", identity, every)

    def listen(self) -> None:
        """From now on SIGTERM and SIGINT ask for a save at the end of the current step."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: setattr(self, "asked_to_stop", True))

    def claim(self) -> None:
        """Keep other processes out until this one ends: a job that outlived its Snakemake writes here still.

        Raises:
            UserError: another process trains this task.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / "process", "a+")  # noqa: SIM115 (the kernel's lock lasts as long as the file)
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            process = self.lock.read()
            raise UserError(
                f"{self.folder}: process {process} trains this task still; wait for it, or end it (kill {process}), "
                "then run the same command"
            ) from None
        except OSError:  # a file system without locks
            return
        with writing(self.folder):
            self.lock.truncate(0)
            self.lock.write(str(os.getpid()))
            self.lock.flush()

    def release(self) -> None:
        """Let other processes in; the end of this one does it too."""
        self.lock.close()

    def load(self) -> dict[str, Any] | None:
        """The saved state, or None; losses written after it are dropped.

        Raises:
            UserError: the state is of another spec, or another process trains this task.
        """
        self.claim()
        if not self.state_path.exists():
            self.losses_path.unlink(missing_ok=True)
            self.timing_path.unlink(missing_ok=True)
            return None
        state = load(self.state_path, "identity", "losses_bytes", "step", "progress")
        if state["identity"] != self.identity:
            raise UserError(f"{self.state_path}: belongs to job {state['identity']}, not {self.identity}; delete it")
        with open(self.losses_path, "ab") as file:
            file.truncate(state["losses_bytes"])
        return state

    def due(self) -> bool:
        return self.asked_to_stop or time.monotonic() - self.saved_at >= self.every

    def save(self, step: int, progress: dict[str, Any]) -> None:
        """Save after ``step`` steps; leaves by :class:`Interrupted` when asked to stop."""
        size = self.losses_path.stat().st_size if self.losses_path.exists() else 0
        save(self.state_path, {"identity": self.identity, "step": step, "losses_bytes": size, "progress": progress})
        self.saved_at = time.monotonic()
        if self.asked_to_stop:
            self.release()
            raise Interrupted(f"stopped after step {step}; run the same command to go on from there")

    def log(self, row: dict[str, Any]) -> None:
        """Append a row to the losses so far.

        Raises:
            UserError: the disk is full.
        """
        _append(self.losses_path, row)

    def time(self, row: dict[str, Any]) -> None:
        """Append a row to the timing so far; what was timed and then lost by a kill stays in it.

        Raises:
            UserError: the disk is full.
        """
        _append(self.timing_path, row)

    def timing(self) -> list[dict[str, Any]]:
        """The rows of the timing so far."""
        return [json.loads(line) for line in open(self.timing_path)] if self.timing_path.exists() else []

    def snapshot_path(self, step: int) -> Path:
        return self.folder / f"snapshot-{step:08d}.pt"

    def done(self) -> None:
        self.release()
        shutil.rmtree(self.folder, ignore_errors=True)


def _append(path: Path, row: dict[str, Any]) -> None:
    with writing(path), open(path, "a") as file:
        file.write(json.dumps(row) + "\n")
