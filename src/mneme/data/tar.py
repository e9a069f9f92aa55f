"""Tar archives from strangers, read with bounded memory and without silent loss."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from mneme.data.corrupt import corrupt

LARGEST_HEADER = 1 << 20  # bytes


class Metered:
    """A binary file of which, where ``left`` is a number, no more than so many bytes are read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.left = file, None

    def read(self, size: int = -1) -> bytes:
        if self.left is not None:
            if not 0 <= size <= self.left:
                raise tarfile.TarError(f"a header of {size} bytes; up to {LARGEST_HEADER} in all are read")
            self.left -= size
        return self.file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class Archive(tarfile.TarFile):
    """A tar archive whose headers are read with bounded memory.

    ``tarfile`` alone reads long names, attributes and the maps of sparse members, whatever their size.
    """

    def __init__(self, name: str | None, mode: str, fileobj: BinaryIO, **options: Any) -> None:
        super().__init__(name, mode, Metered(fileobj), **options)

    def next(self) -> tarfile.TarInfo | None:
        kept = sum(map(len, [*self.pax_headers, *self.pax_headers.values()]))  # attributes of all members
        self.fileobj.left = LARGEST_HEADER - kept
        try:
            return super().next()
        finally:
            self.fileobj.left = None


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A tar archive, compressed or not, open for reading."""
    with open(path, "rb") as file, Archive.open(fileobj=file) as archive:
        yield archive


def members(path: Path, archive: Archive) -> Iterator[tarfile.TarInfo]:
    """The members of a tar archive, one by one.

    ``tarfile`` alone takes a damaged or truncated header for the end of the archive and drops the members behind it
    without an error. It also keeps every member that it has seen, which is gigabytes for a million images.

    Raises:
        UserError: the archive does not end with its end marker, or a member is sparse or has a negative size.
    """
    while member := archive.next():
        if member.size < 0:  # the library would seek backwards, and loop for ever
            raise corrupt(path, f"a member of {member.size} bytes")
        if member.issparse():
            raise corrupt(path, "a sparse member; pack it without --sparse")
        yield member
        archive.members.clear()
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise corrupt(path, f"no tar header at byte {archive.offset}")
