"""Snakemake's locks outlive a Snakemake that was killed; only the kernel knows whether their owner is dead.

Every Snakemake that runs jobs keeps a shared kernel lock on ``.snakemake/mneme.lock`` for as long as it lives. One that
gets this lock for itself alone is the only one, so locks that it finds were left by the dead, and it takes them away:
what ``snakemake --unlock`` is for. A kernel may see only the processes of its own machine, so the file names the
machines, and locks that may be another one's stay.
"""

import fcntl
import os
import socket
from pathlib import Path

FOLDER = Path(".snakemake")


def hold(folder: Path = FOLDER) -> list[Path]:
    """Take the shared lock until this process ends, SIGKILL included.

    Must come before Snakemake locks its files: who has locked files holds this lock.

    Args:
        folder: where Snakemake keeps what it remembers.

    Returns:
        The locks of dead processes that were taken away; none where the file system has no kernel locks.
    """
    stale: list[Path] = []
    try:
        folder.mkdir(exist_ok=True)
        file = os.open(folder / "mneme.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)  # and it stays open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # another one lives
        else:
            stale = sweep(file, folder / "locks")
        fcntl.flock(file, fcntl.LOCK_SH)
        if socket.gethostname() not in machines(file):
            os.write(file, f"{socket.gethostname()}\n".encode())
    except OSError:  # read-only, or without locks: Snakemake speaks for itself
        return stale
    return stale


def machines(file: int) -> set[str]:
    """Where those ran that have held the lock since it was last free of doubt; leaves the file at its end."""
    os.lseek(file, 0, os.SEEK_SET)
    return set(os.read(file, 1 << 16).decode().split())


def sweep(file: int, locks: Path) -> list[Path]:
    """Take away the locks of this machine's dead processes."""
    found = sorted(locks.glob("*.lock"))
    if found and machines(file) != {socket.gethostname()}:
        return []
    for path in found:
        path.unlink()
    os.ftruncate(file, 0)
    return found
