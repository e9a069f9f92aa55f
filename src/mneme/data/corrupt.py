"""Truncated and corrupt files: one sentence instead of a traceback."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mneme.errors import NO_PLACE, UserError, unwritable

# What decompression and archive modules raise on bytes that they do not expect.
RAISED = (
    *(EOFError, NotImplementedError, ValueError, RecursionError),
    *(zlib.error, lzma.LZMAError, struct.error, tarfile.TarError, zipfile.BadZipFile),
)


def corrupt(path: Path, reason: object) -> UserError:
    """The error for a file whose bytes are not what its format promises."""
    first_line = next(iter(str(reason).splitlines()), "unexpected end").rstrip(":")
    return UserError(
        f"{path}: truncated or corrupt ({first_line}); delete it and run again to fetch it anew "
        f"(if it is your own file, put a whole copy in its place)"
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever decompression and archive modules raise inside the block into :func:`corrupt`.

    Raises:
        UserError: the file is missing, unreadable, truncated or corrupt, or the disk is too full to unpack it.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise UserError(f"{error.filename or path}: no such file; put it there or run again to fetch it") from error
    except PermissionError as error:
        raise UserError(f"{error.filename or path}: no permission to read it; change its mode (chmod a+r)") from error
    except OSError as error:
        raise (unwritable(path.parent, error) if error.errno in NO_PLACE else corrupt(path, error)) from error
    except RAISED as error:
        raise corrupt(path, error) from error
