"""Before the first job: the folders of a run can be written to, and hold no file from the future."""

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mneme.errors import UserError


def writable(folders: Iterable[str | Path]) -> None:
    """Refuse a run whose results would have no place.

    Raises:
        UserError: a folder, or where it is not there yet the nearest above it, cannot be written to.
    """
    for folder in map(Path, folders):
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise UserError(f"{folder}: cannot be written to; fix its permissions, or mount it for writing")


def settle(folders: Iterable[str | Path]) -> int:
    """Date files from the future now; content decides on reruns, so a date changes no plan.

    A clock that jumped leaves such files, and a copy from a machine whose clock is fast. Snakemake deletes whatever is
    made from them, because it looks older.

    Returns:
        How many there were.
    """
    now, found = time.time(), 0
    for path in (path for folder in folders for path in Path(folder).rglob("*")):
        with suppress(OSError):  # gone meanwhile, or not ours
            if path.stat().st_mtime > now and path.is_file():
                os.utime(path)
                found += 1
    return found
