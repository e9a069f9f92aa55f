"""What a user's own folder or archive holds, cheap enough to ask at every plan."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Any

from mneme import files
from mneme.data.layout import class_names, layout
from mneme.data.members import members
from mneme.errors import UserError


def fingerprint(path: Path, cache: Path) -> dict[str, Any]:
    """Hash a folder or archive of pictures by content.

    A file is read only when its size or modification time is not the remembered one, so that a later call only
    stats; a touch, a copy or another place on disk leave the hash as it is, a renamed class folder does not.

    Args:
        path: a folder, tar or zip.
        cache: JSON file of what was read before; made when missing, made anew when unreadable.

    Returns:
        ``{"sha256": hex, "classes": [names of the class folders, sorted; empty if the pictures lie flat]}``

    Raises:
        UserError: the path is missing, empty, corrupt, or laid out in no known way.
    """
    path = Path(path)
    known = _read_cache(cache)
    before = known.get(str(path.resolve()), {})
    if path.is_dir():
        names = members(path)
        hashes = {name: _hash(f"{path}/{name}", before.get("files", {}).get(name)) for name in names}
        lines = "".join(f"{name}\0{entry[2]}\n" for name, entry in hashes.items())
        digest = hashlib.sha256(lines.encode()).hexdigest()
        classes = class_names(layout(names, path))
    else:
        if not path.exists():
            raise UserError(f"{path}: no such folder or archive; correct the path")
        hashes = {"": _hash(str(path), before.get("files", {}).get(""))}
        digest = hashes[""][2]
        unchanged = before.get("sha256") == digest
        classes = before["classes"] if unchanged else class_names(layout(members(path), path))
    entry = {"sha256": digest, "classes": classes, "files": hashes}
    if entry != before:
        files.write_json(cache, {**known, str(path.resolve()): entry})
    return {"sha256": digest, "classes": classes}


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
