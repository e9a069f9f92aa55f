"""What a user's own folder or archive holds, cheap enough to ask at every plan."""

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mneme import files
from mneme.data.layout import class_names, layout
from mneme.data.members import members
from mneme.errors import UserError


def fingerprint(
    path: Path, cache: Path, within: Sequence[str] | None = None, *, one_class: bool = False
) -> dict[str, Any]:
    """Hash a folder or archive of pictures by content.

    A file is read only when its size or modification time is not the remembered one, so that a later call only
    stats; a touch, a copy or another place on disk leave the hash as it is, a renamed class folder does not.

    Args:
        path: a folder, tar or zip.
        cache: JSON file of what was read before; made when missing, made anew when unreadable.
        within: names of the class folders that count; of an archive, all bytes do.
        one_class: folders name no classes.

    Returns:
        ``{"sha256": hex, "classes": [names of the class folders, sorted; empty if the pictures lie flat]}``

    Raises:
        UserError: the path is missing, empty, corrupt, or laid out in no known way.
    """
    path = Path(path)
    known, place = _read_cache(cache), "//".join([f"{path.resolve()}/", *sorted(within or ()), *["*"] * one_class])
    before = known.get(place, {})
    if path.is_dir():
        names = members(path, within)
        hashes = {name: _hash(f"{path}/{name}", before.get("files", {}).get(name)) for name in names}
        lines = "".join(f"{name}\0{entry[2]}\n" for name, entry in hashes.items())
        digest = hashlib.sha256(lines.encode()).hexdigest()
        classes = class_names(layout(names, path, one_class=one_class))
    else:
        if not path.exists():
            raise UserError(f"{path}: no such folder or archive; correct the path")
        hashes = {"": _hash(str(path), before.get("files", {}).get(""))}
        digest = hashes[""][2]
        unchanged = before.get("sha256") == digest
        classes = (
            before["classes"] if unchanged else class_names(layout(members(path, within), path, one_class=one_class))
        )
    entry = {"sha256": digest, "classes": classes, "files": hashes}
    if entry != before:
        files.write_json(cache, {**known, place: entry})
    return {"sha256": digest, "classes": classes}


def file_hash(path: Path, cache: Path) -> str:
    """The SHA-256 of one file, remembered in the same way."""
    known, place = _read_cache(cache), str(path.resolve())
    found = _hash(str(path), known.get(place))
    if found != known.get(place):
        files.write_json(cache, {**known, place: found})
    return found[2]


def _hash(path: str, before: list | None) -> list:
    """``[size, mtime_ns, sha256]`` of a file; the hash is taken over from before if size and time are the same."""
    try:
        now = os.stat(path)  # noqa: PTH116 (three times as fast as a Path)
        if not stat.S_ISREG(now.st_mode):  # a pipe or a device would be read for ever
            raise UserError(f"{path}: neither a folder nor a file; correct the path")
        if before and before[:2] == [now.st_size, now.st_mtime_ns]:
            return before
        return [now.st_size, now.st_mtime_ns, files.sha256(Path(path))]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); fix its permissions or remove it") from error


def _read_cache(cache: Path) -> dict[str, Any]:
    try:
        known = files.read_json(cache)
    except (OSError, UserError):
        return {}
    return known if isinstance(known, dict) else {}
