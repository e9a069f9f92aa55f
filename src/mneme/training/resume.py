"""Saving and resuming half-trained tasks.

The state is saved beside the outputs at a path that Snakemake does not know, as it deletes declared outputs of a failed
job. The path contains a hash of the job's spec, code and input files, so a changed job never resumes a stale state. The
state is deleted when the job succeeds.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from mneme.errors import UserError
from mneme.files import fingerprint, load, save, writing
from mneme.spec import dumps, hash_of_text

FOLDER, LOCK = ".resume-", ".resume-lock"  # beside a checkpoint; the folder's name ends with the job's identity


def identity_of(spec: dict[str, Any], inputs: Iterable[Path]) -> str:
    """Hash of a job's spec, which includes its code, and of what its input files hold, in any order.

    A spec names the jobs that made the files, but not the bytes that they made on this machine.
    """
    return hash_of_text("\n".join([dumps(spec), *sorted(map(fingerprint, inputs))]))


class Interrupted(SystemExit):
    """Raised after SIGTERM or SIGINT (pre-emption, ``scancel``, Ctrl-C) once the state is saved; a rerun continues.

    The process exits with 128 + the number of the signal, as all jobs do (:mod:`mneme.stop`).
    """

    def __init__(self, words: str, number: int) -> None:
        super().__init__(words)
        self.code = 128 + number


class Resume:
    """The saved state of a half-trained task.

    Args:
        folder: undeclared folder of this job, beside its outputs.
        identity: of the job (:func:`identity_of`).
        every: seconds between saves.
    """

    def __init__(self, folder: Path, identity: str, every: float) -> None:
        self.folder, self.identity, self.every = folder, identity, every
        self.state_path, self.losses_path = folder / "state.pt", folder / "losses.jsonl"
        self.timing_path, self.lock_path = folder / "timing.jsonl", folder.parent / LOCK
        self.saved_at = time.monotonic()
        self.asked_by: int | None = None  # number of the signal that asked to stop
        self.lock: IO[str] | None = None

    @classmethod
    def of_job(cls, output: Path, spec: dict[str, Any], inputs: Iterable[Path]) -> "Resume":
        """Of the job that writes ``output`` from ``inputs``, with ``MNEME_SAVE_EVERY`` seconds between saves, or 120 if
        that is unset; from now on it listens (:meth:`listen`)."""
        identity = identity_of(spec, inputs)
        resume = cls(output.parent / (FOLDER + identity), identity, float(os.environ.get("MNEME_SAVE_EVERY", 120)))
        resume.listen()
        return resume

    def listen(self) -> None:
        """Handle SIGTERM and SIGINT by saving the state at the end of the current step."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: setattr(self, "asked_by", number))

    def claim(self) -> None:
        """Lock the task's folder until this process ends: a job that outlived its Snakemake may still write there, with
        other settings or older code.

        Raises:
            UserError: another process trains this task.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        held = False
        while not held:  # the previous owner may have deleted the file when it finished
            self.lock = open(self.lock_path, "a+", encoding="utf-8")  # noqa: SIM115 (the kernel's lock lasts as long as the file)
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.lock.seek(0)
                raise UserError(
                    f"{self.folder.parent}: {self.lock.read()} trains this task still; wait for it, or end it there, "
                    "then run the same command"
                ) from None
            except OSError:  # a file system without locks
                return
            with suppress(FileNotFoundError):
                held = os.path.samestat(os.fstat(self.lock.fileno()), self.lock_path.stat())
        job = os.environ.get("SLURM_JOB_ID")
        with writing(self.folder):
            self.lock.truncate(0)
            self.lock.write(f"process {os.getpid()} on {socket.gethostname()}{f' (SLURM job {job})' if job else ''}")
            self.lock.flush()

    def release(self) -> None:
        """Release the lock; the end of the process releases it too."""
        if self.lock:
            self.lock.close()

    def load(self) -> dict[str, Any] | None:
        """The saved state, or None; losses that were logged after it are removed.

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
            if file.tell() < state["losses_bytes"]:
                raise UserError(f"{self.losses_path}: shorter than when {self.state_path} was saved; delete the folder")
            file.truncate(state["losses_bytes"])
        return state

    def due(self) -> bool:
        return self.asked_by is not None or time.monotonic() - self.saved_at >= self.every

    def save(self, step: int, progress: dict[str, Any]) -> None:
        """Save the state after ``step`` steps.

        Raises:
            Interrupted: a signal asked the process to stop.
        """
        size = 0
        if self.losses_path.exists():
            with writing(self.losses_path), open(self.losses_path, "rb") as file:
                os.fsync(file.fileno())  # the state counts on them, also after a power cut
                size = os.fstat(file.fileno()).st_size
        save(self.state_path, {"identity": self.identity, "step": step, "losses_bytes": size, "progress": progress})
        self.saved_at = time.monotonic()
        if self.asked_by is not None:
            self.release()
            words = f"stopped after step {step}; run the same command to go on from there"
            print(words, file=sys.stderr, flush=True)
            raise Interrupted(words, self.asked_by)

    def losses(self) -> bytes:
        """The losses so far, a line of JSON each; nothing before the first."""
        return self.losses_path.read_bytes() if self.losses_path.exists() else b""

    def timing(self) -> list[dict[str, Any]]:
        """All rows of the timing, including steps repeated after a kill, without rows that a full disk truncated."""
        rows = []
        for line in self.timing_path.read_text(encoding="utf-8").splitlines() if self.timing_path.exists() else ():
            with suppress(ValueError):
                rows.append(json.loads(line))
        return rows

    def snapshot_path(self, step: int) -> Path:
        return self.folder / f"snapshot-{step:08d}.pt"

    def done(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.lock:  # else it is somebody else's
            self.lock_path.unlink(missing_ok=True)
        self.release()


def append(path: Path, row: dict[str, Any]) -> None:
    """Append a row to a file of losses or timing, as a line of JSON.

    Raises:
        UserError: the disk is full.
    """
    with writing(path), open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
