"""Truncated and corrupt files, said in one sentence."""

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mneme.errors import NO_PLACE, UserError, unwritable

EXTENDED = {tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK}
EXTENDED |= {tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE}
LARGEST_HEADER = 1 << 20  # bytes


class Header(tarfile.TarInfo):
    """A tar header of bounded size; ``tarfile`` reads long names, attributes and maps of holes whole, however long."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:  # the library's hook for subclasses
        kept = sum(map(len, [*archive.pax_headers, *archive.pax_headers.values()]))  # those of all members
        if self.type in EXTENDED and not 0 <= self.size <= LARGEST_HEADER - kept:
            raise tarfile.TarError(f"a header of {self.size} bytes; up to {LARGEST_HEADER} in all are read")
        return super()._proc_member(archive)

    def _sparse(self, *_: object) -> None:
        raise tarfile.TarError("a sparse member; pack it without --sparse")

    _proc_sparse = _proc_gnusparse_10 = _sparse


def broken(path: Path, reason: object) -> UserError:
    """The error for a file whose bytes are not what its format promises."""
    first_line = next(iter(str(reason).splitlines()), "unexpected end").rstrip(":")
    return UserError(
        f"{path}: truncated or corrupt ({first_line}); delete it and run again to fetch it anew "
        f"(if it is your own file, put a whole copy in its place)"
    )


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever decompression and archive modules raise inside the block into :func:`broken`.

    Raises:
        UserError: the file is missing, unreadable, truncated or corrupt, or there is no room beside it to unpack it.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise UserError(f"{error.filename or path}: no such file; put it there or run again to fetch it") from error
    except PermissionError as error:
        raise UserError(f"{error.filename or path}: no permission to read it; change its mode (chmod a+r)") from error
    except OSError as error:
        raise (unwritable(path.parent, error) if error.errno in NO_PLACE else broken(path, error)) from error
    except (EOFError, zlib.error, lzma.LZMAError, struct.error) as error:
        raise broken(path, error) from error
    except (tarfile.TarError, zipfile.BadZipFile, NotImplementedError, ValueError, RecursionError) as error:
        raise broken(path, error) from error


def whole(path: Path, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of a tar in random-access mode, and the certainty that there are no more.

    ``tarfile`` alone takes a header that is damaged or cut short for the end of the archive, and the members
    behind it are lost without a word. It also keeps every member it has seen: gigabytes, of a million pictures.

    Raises:
        UserError: the archive does not end with its end marker, or a member is smaller than nothing.
    """
    while member := archive.next():
        if member.size < 0:  # the library would go back, and round for ever
            raise broken(path, f"a member of {member.size} bytes")
        yield member
        archive.members.clear()
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise broken(path, f"no tar header at byte {archive.offset}")
