"""The image files of a folder, a tar or a zip, read one by one; nothing is unpacked to disk."""

import os
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path, PurePosixPath

from mneme.data import tar
from mneme.data.corrupt import reading
from mneme.data.together import readable, together
from mneme.errors import UserError

# Files that lie beside images in published sets. They are ignored; anything else must be an image.
DOCUMENTS = {".txt", ".md", ".rst", ".pdf", ".html", ".csv", ".tsv", ".json", ".xml", ".yaml", ".yml", ".cat"}
BYSTANDERS = {"license", "licence", "readme", "copying", "thumbs.db", "desktop.ini"}
LARGEST = 1 << 28  # bytes of one image file

Entry = tuple[str, Callable[[], bytes]]


def list_images(source: Path, within: Collection[str] | None = None) -> list[str]:
    """Relative paths of all image files of a folder or archive, sorted.

    Args:
        source: a folder, tar or zip.
        within: names of the class folders to look into (a few of ImageNet's thousand); None for all.

    Raises:
        UserError: the source is missing, empty or corrupt, or has a member that is unsafe or too large; or pictures are
            empty or cannot be read, of which all are named.
    """
    bad: dict[str, UserError] = {}
    names = sorted({name for name, _ in _entries(source, within, bad)})
    if bad:
        raise together(source, dict(sorted(bad.items())))
    if not names:
        raise UserError(f"{source}: holds no pictures; put image files there, or name another folder or archive")
    return names


def empty_folders(source: Path) -> list[str]:
    """Relative paths of the folders with nothing in them but hidden files, sorted; of an archive none is known."""
    found = []
    for folder, subfolders, names in os.walk(source):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        if not subfolders and all(name.startswith(".") for name in names):
            found.append(Path(folder).relative_to(source).as_posix())
    return sorted(found)


def read_images(source: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of the named files, in the order in which the source stores them: one pass over an archive.

    Raises:
        UserError: as :func:`list_images`, or a file cannot be read or is no longer there.
    """
    paths = [name.split("/")[:-1] for name in names]
    within = {folder for path in paths for folder in path} if all(paths) else None
    bad: dict[str, UserError] = {}  # since they were listed
    unread = {*names}
    for name, content in _entries(source, within, bad):
        if name in names:
            with reading(_file(source, name)):
                data = content()
            unread.discard(name)
            yield name, data
    if unread:
        gone = {name: UserError(f"{source}: '{readable(name)}': no longer there; run again") for name in sorted(unread)}
        raise together(source, gone | {name: error for name, error in bad.items() if name in unread})


def _entries(source: Path, within: Collection[str] | None, bad: dict[str, UserError]) -> Iterator[Entry]:
    """The pictures that can be read; of the others ``bad`` says why not."""
    if not source.exists():
        raise UserError(f"{source}: no such folder or archive; correct the path")
    if source.is_dir():
        return _folder(source, within, bad)
    kind = _zip if source.suffix.lower() == ".zip" else _tar
    found = kind(source, bad)
    return (entry for entry in found if within is None or not {*entry[0].split("/")[:-1]}.isdisjoint(within))


def _folder(source: Path, within: Collection[str] | None, bad: dict[str, UserError]) -> Iterator[Entry]:
    for folder, subfolders, names in os.walk(source, followlinks=True, onerror=_unreadable):  # a user's links are meant
        subfolders.sort()
        place = Path(folder).relative_to(source)
        if os.path.realpath(folder) in {os.path.realpath(source / parent) for parent in place.parents}:
            subfolders.clear()  # a link back to a parent
            continue
        inner = place.as_posix()
        if within is not None and not {*inner.split("/")} & {*within}:
            continue
        for name in names:  # plain strings: a hundred thousand paths are asked for at every plan
            relative = name if inner == "." else f"{inner}/{name}"
            if _is_image(relative):
                path = f"{folder}/{name}"
                try:
                    size = _size(path)
                except UserError as error:
                    bad[relative] = error
                    continue
                if _holds(source, relative, size, bad):
                    yield relative, lambda path=path: Path(path).read_bytes()


def _unreadable(error: OSError) -> None:
    raise UserError(f"{error.filename}: cannot be read ({error.strerror}); mend or remove it") from error


def _size(path: str) -> int:
    try:
        status = os.stat(path)  # noqa: PTH116 (three times as fast as a Path)
    except OSError as error:
        _unreadable(error)
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path}: neither a file nor a link to one; remove it")
    return status.st_size


def _tar(source: Path, bad: dict[str, UserError]) -> Iterator[Entry]:
    with reading(source), tar.opened(source) as archive:
        for member in tar.members(source, archive):
            name = _safe_name(source, member.name)
            if member.isdir() or not _is_image(name):
                continue
            if not member.isreg():
                raise _refused(source, member.name, "is a link or a device")
            if _holds(source, name, member.size, bad):
                yield name, lambda member=member: archive.extractfile(member).read()


def _zip(source: Path, bad: dict[str, UserError]) -> Iterator[Entry]:
    with reading(source), zipfile.ZipFile(source) as archive:
        for member in archive.infolist():
            name = _safe_name(source, member.filename.replace("\\", "/"))
            mode = member.external_attr >> 16
            if member.is_dir() or not _is_image(name):
                continue
            problems = {
                "is a link or a device": stat.S_IFMT(mode) not in (0, stat.S_IFREG),
                "is encrypted": member.flag_bits & 1,
                # other methods decompress without a bound
                "is neither stored nor deflated": member.compress_type
                not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
            }
            if found := [problem for problem, is_there in problems.items() if is_there]:
                raise _refused(source, member.filename, found[0])
            if _holds(source, name, member.file_size, bad):
                yield name, lambda member=member: _unzip(archive, member)


def _unzip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(member.file_size)  # without a number, all that it unpacks to, whatever its size says


def _is_image(name: str) -> bool:
    """Whether a file is taken for an image; hidden files, documents and files of the operating system are not."""
    *folders, last = name.split("/")
    if last.startswith(".") or any(folder.startswith(".") or folder == "__MACOSX" for folder in folders):
        return False
    suffix = last[last.rfind(".") :].lower() if "." in last else ""
    return suffix not in DOCUMENTS and last.lower() not in BYSTANDERS


def _safe_name(source: Path, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise _refused(source, name, "points outside the archive")
    return path.as_posix()


def _holds(source: Path, name: str, size: int, bad: dict[str, UserError]) -> bool:
    """Whether a file has bytes; one with too many is refused at once."""
    if size > LARGEST:
        raise _refused(source, name, f"has {size} bytes, more than {LARGEST} for one picture,")
    if size == 0:
        bad[name] = UserError(f"{source}: '{readable(name)}': an empty file; replace or remove it")
    return size > 0


def _file(source: Path, name: str) -> Path:
    """The file on disk that holds an image: its own, or the archive."""
    return source / name if source.is_dir() else source


def _refused(source: Path, name: str, reason: str) -> UserError:
    return UserError(f"{source}: member {name!r} {reason} and is refused; leave it out")
