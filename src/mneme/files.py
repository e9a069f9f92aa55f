"""Files that are either whole or absent, and tensors that load without running code.

Every result is written beside its destination and renamed onto it, so a kill or a full disk leaves
no half file under a finished name.
"""

import fcntl
import glob
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from mneme.errors import UserError, unwritable


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Open a binary file that appears at ``path`` only once the block ends without an error.

    Raises:
        UserError: the disk is full or the folder cannot be written; what was at ``path`` stays.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path)
        with open(partial, "wb") as file:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        if error.filename is not None and Path(error.filename) not in (partial, path, path.parent):
            raise  # an error of the block's own, about another file
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):  # the folder itself may be what is wrong
            partial.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name ``path`` if its disk is full: errors of an open file know no name.

    Raises:
        UserError: it cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise unwritable(path, error) from error


def sweep(path: Path) -> None:
    """Remove what killed processes left of ``path`` half-written; a file that is being written is locked and stays."""
    for partial in path.parent.glob(f".{glob.escape(path.name)}.*.partial"):
        with suppress(OSError), open(partial, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            partial.unlink()


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """Write a whole file, atomically.

    Raises:
        UserError: it cannot be written.
    """
    with atomic(path) as file:
        file.write(content)


def write_json(path: Path, value: Any) -> None:
    """Write sorted, indented JSON, atomically."""
    write_bytes(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())


def read_json(path: Path) -> Any:
    """Read what :func:`write_json` wrote.

    Raises:
        UserError: the file is missing or not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not JSON ({error}); delete it and run again to rebuild it") from error


def save(path: Path, value: dict) -> None:
    """Write a dict of tensors, numbers, strings and containers of these, atomically.

    The same value gives the same bytes: the archive's inner folder is named after the file only
    when torch is given a path, so it is given a buffer.
    """
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer)
    write_bytes(path, buffer.getbuffer())


def load(path: Path, *keys: str, mmap: bool = False) -> dict:
    """Read what :func:`save` wrote, on the CPU; never unpickles anything but plain data.

    Args:
        keys: what the dict must hold.
        mmap: leave tensors on disk until they are touched (large datasets).

    Raises:
        UserError: the file is missing, truncated, not a torch file, would grow when it is read, holds objects other
            than plain data, or lacks a key.
    """
    import torch

    try:
        with zipfile.ZipFile(path) as archive:  # torch's own kind; it stores its records as they are
            if any(record.file_size != record.compress_size for record in archive.infolist()):
                raise ValueError("its records are compressed")
        value = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except MemoryError:
        raise
    except Exception as error:  # bytes of no torch file make the zip reader and the unpickler raise anything
        reason = str(error).partition("\n")[0].partition(". ")[0] or type(error).__name__
        raise UserError(
            f"{path}: not a file of plain tensors ({reason}); delete it and run again to rebuild it"
        ) from error
    if missing := [key for key in keys if key not in value] if isinstance(value, dict) else ["a dict"]:
        raise UserError(f"{path}: lacks {missing[0]}; delete it and run again to rebuild it")
    return value


def fingerprint(path: Path) -> str:
    """What a file of :func:`save` holds, however large, in no time: by the checksums that stand in it.

    Another file is read whole; of a file that is not there it is ``""``.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            words = [f"{record.filename} {record.file_size} {record.CRC}" for record in archive.infolist()]
    except zipfile.BadZipFile:
        return sha256(path)
    except OSError:
        return ""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
