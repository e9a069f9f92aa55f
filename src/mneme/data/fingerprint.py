"""Content hashes of a user's own folders and archives, cheap enough to compute at every plan."""

import hashlib
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mneme import files
from mneme.data.image_files import empty_folders, list_images
from mneme.data.layout import USUAL, Folders, class_names, layout, partners, require_pictures
from mneme.data.together import together
from mneme.errors import UserError


def fingerprint(
    path: Path,
    cache: Path,
    within: Sequence[str] | None = None,
    *,
    one_class: bool = False,
    folders: Folders = USUAL,
    paired: bool = False,
) -> dict[str, Any]:
    """Hash a folder or archive of images by content.

    A file is read only if its size or modification time has changed since the last call. Touching, copying or moving
    the files does not change the hash; renaming a class folder does.

    Args:
        path: a folder, tar or zip.
        cache: JSON file with the hashes of earlier calls; written when missing, rewritten when unreadable.
        within: names of the class folders to hash; None for all. An archive is always hashed whole.
        one_class: folders are not classes.
        folders: names of folders with a meaning.
        paired: each given image has a target of its name, in another folder.

    Returns:
        ``{"sha256": hex, "classes": [names of the class folders, sorted; empty if there are none]}``

    Raises:
        UserError: the path is missing, empty or corrupt, its layout is unknown, or a pair lacks a side.
    """
    path = Path(path)
    meaning = [*sorted(within or ()), *["*"] * one_class, *[repr(folders)] * any(folders), *["="] * paired]
    known, key = _read_cache(cache), "//".join([f"{path.resolve()}/", *meaning])
    before = known.get(key, {})

    def found(names: Sequence[str]) -> list[str]:
        images = layout(names, path, one_class=one_class, folders=folders)
        if path.is_dir() and within is None:
            require_pictures(images, empty_folders(path), path)
        if paired:
            partners(images, path)
        return class_names(images)

    if path.is_dir():
        names = list_images(path, within)
        hashes, bad = {}, {}
        for name in names:
            try:
                hashes[name] = _hash(f"{path}/{name}", before.get("files", {}).get(name))
            except UserError as error:
                bad[name] = error
        if bad:
            raise together(path, bad)
        lines = "".join(f"{name}\0{entry[2]}\n" for name, entry in hashes.items())
        digest = hashlib.sha256(os.fsencode(lines)).hexdigest()
        classes = found(names)
    else:
        if not path.exists():
            raise UserError(f"{path}: no such folder or archive; correct the path")
        hashes = {"": _hash(str(path), before.get("files", {}).get(""))}
        digest = hashes[""][2]
        classes = before["classes"] if before.get("sha256") == digest else found(list_images(path, within))
    entry = {"sha256": digest, "classes": classes, "files": hashes}
    if entry != before:
        files.write_json(cache, {**known, key: entry})
    return {"sha256": digest, "classes": classes}


def file_hash(path: Path, cache: Path) -> str:
    """The SHA-256 of one file, cached in the same way.

    Raises:
        UserError: the file is missing or cannot be read.
    """
    known, key = _read_cache(cache), str(path.resolve())
    found = _hash(str(path), known.get(key))
    if found != known.get(key):
        files.write_json(cache, {**known, key: found})
    return found[2]


def _hash(path: str, before: list | None) -> list:
    """``[size, mtime_ns, sha256]`` of a file; the hash is that of ``before`` if size and time are unchanged."""
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
