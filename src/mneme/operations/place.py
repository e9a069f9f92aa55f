"""Before the first job: the folders of a run can be written to, and hold no file from the future."""

import os
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from snakemake.exceptions import ApiError

from mneme.errors import UserError
from mneme.operations import lock


def before_jobs(workflow: Any, written: list[str | Path], read: list[str | Path]) -> None:
    """Prepare the folders when Snakemake is about to run jobs; ``--report`` and ``--summary`` change and need nothing.

    While the Snakefile is read, nothing tells the two apart, and ``onstart:`` comes when Snakemake has locked its files
    and has refused, in words without a way out, what it cannot write.

    Args:
        workflow: Snakemake's own object.
        written: folders that have to be writable.
        read: folders without files from the future.
    """
    execute = workflow.execute

    def prepared(*arguments: Any, **settings: Any) -> Any:
        try:
            writable(written)
        except UserError as error:
            raise ApiError(str(error)) from None
        settle(read)
        # After a kill -9 the same command goes on: locks of a dead Snakemake are taken away, a living one's stay.
        if lock.hold():
            print("Locks of a Snakemake that was killed here are taken away.", file=sys.stderr)
        return execute(*arguments, **settings)

    workflow.execute = prepared


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
