"""Before the first job and after the last: folders, clocks and locks of a run, and the table of what failed."""

import atexit
import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mneme.catalogue.plain_yaml import read_mapping
from mneme.catalogue.schema import Config
from mneme.errors import UserError
from mneme.files import write_json
from mneme.operations import failures, lock

MERGED = "MNEME_MERGED_CONFIG"  # names the file that a dry run writes its config to, for workflow/scripts/plan.py


def collect_seldom(dry_run: bool) -> None:
    """Run the garbage collector seldom: planning makes millions of objects that stay, and looking for dead ones among
    them takes a third of its time. A dry run ends soon, so it looks for none at all, nor once more at its end.
    """
    gc.set_threshold(100_000)
    if dry_run:
        gc.disable()
        atexit.register(gc.freeze)


@contextmanager
def refusing(error: type[Exception]) -> Iterator[None]:
    """Turn what a user can mend into an error that Snakemake prints as one sentence."""
    try:
        yield
    except UserError as said:
        raise error(str(said).encode(errors="backslashreplace").decode()) from None  # names of files that are not UTF-8


def check_config_files(paths: Iterable[str | Path]) -> None:
    """Refuse config files that are not plain YAML (:mod:`mneme.catalogue.plain_yaml`); a file may be absent."""
    for path in filter(os.path.exists, paths):
        read_mapping(Path(path))


def hand_over(config: Config) -> None:
    """Write the merged config to the file that the environment asks for, if it does."""
    if path := os.environ.get(MERGED):
        write_json(Path(path), config.model_dump(mode="json"))


def prepare(written: list[str], read: list[str]) -> None:
    """Make sure that a run can start; called once, when Snakemake is about to run jobs.

    Args:
        written: folders that the run writes to.
        read: other folders with files that its jobs read.

    Raises:
        UserError: a folder cannot be written to, or another Snakemake runs here.
    """
    require_writable(written)
    lock.hold()
    settle([*written, *read])


def require_writable(folders: Iterable[str | Path]) -> None:
    """Refuse a run whose results could not be written.

    Raises:
        UserError: a folder, or where it is not there yet the nearest above it, cannot be written to.
    """
    for folder in map(Path, folders):
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise UserError(f"{folder}: cannot be written to; fix its permissions, or mount it for writing")


def settle(folders: Iterable[str | Path]) -> int:
    """Date files from the future now.

    A clock that jumped leaves such files, and so does a copy from a machine whose clock is fast. Snakemake deletes
    whatever is made from them, because it looks older.

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


def explain(log: str | list[str]) -> None:
    """Print the table of failed jobs.

    Args:
        log: Snakemake's own log, or several.
    """
    paths = [log] if isinstance(log, str) else log
    said = "".join(Path(path).read_text(encoding="utf-8", errors="replace") for path in paths)
    print(failures.table(failures.failures(said)), file=sys.stderr)
