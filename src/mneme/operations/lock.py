"""One Snakemake a folder: a lock that the kernel frees when its owner dies, SIGKILL included.

Snakemake's own locks outlive a Snakemake that was killed, so the profiles turn them off (``nolock``) and this one takes
their place.
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

from mneme.errors import UserError

FOLDER = Path(".snakemake")


def hold(folder: Path = FOLDER) -> None:
    """Take the lock of a working directory until this process ends.

    Where the file system has no locks, nothing is held.

    Raises:
        UserError: another Snakemake runs there.
    """
    with suppress(OSError):  # read-only, or without locks
        folder.mkdir(exist_ok=True)
        file = os.open(folder / "mneme.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)  # and it stays open
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 1 << 12).decode(errors="replace")
            raise UserError(
                f"{folder.absolute().parent}: {owner or 'another snakemake'} runs here; wait for it, or end it there"
            ) from None
        os.ftruncate(file, 0)
        os.write(file, f"process {os.getpid()} on {socket.gethostname()}".encode())
