"""Tar archives from strangers, read with bounded memory and without silent loss."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from mneme.data.corrupt import corrupt

EXTENDED = {
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
}
LARGEST_HEADER = 1 << 20  # bytes


class BoundedHeader(tarfile.TarInfo):
    """A tar header of bounded size, for the argument ``tarinfo`` of ``tarfile.open``.

    ``tarfile`` alone reads long names, attributes and the maps of sparse members into memory, whatever their size.
    """

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:  # the library's hook for subclasses
        kept = sum(map(len, [*archive.pax_headers, *archive.pax_headers.values()]))  # those of all members
        if self.type in EXTENDED and not 0 <= self.size <= LARGEST_HEADER - kept:
            raise tarfile.TarError(f"a header of {self.size} bytes; up to {LARGEST_HEADER} in all are read")
        return super()._proc_member(archive)

    def _sparse(self, *_: object) -> None:
        raise tarfile.TarError("a sparse member; pack it without --sparse")

    _proc_sparse = _proc_gnusparse_10 = _sparse


def members(path: Path, archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of a tar archive, one by one.

    ``tarfile`` alone takes a damaged or truncated header for the end of the archive and drops the members behind it
    without an error. It also keeps every member that it has seen, which is gigabytes for a million images.

    Raises:
        UserError: the archive does not end with its end marker, or a member has a negative size.
    """
    while member := archive.next():
        if member.size < 0:  # the library would seek backwards, and loop for ever
            raise corrupt(path, f"a member of {member.size} bytes")
        yield member
        archive.members.clear()
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != tarfile.NUL * tarfile.BLOCKSIZE:
        raise corrupt(path, f"no tar header at byte {archive.offset}")
