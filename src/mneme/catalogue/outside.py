"""Methods outside the checkout: a module and its YAML file beside it, in a folder or in one level of folders below."""

import os
from collections.abc import Iterable
from pathlib import Path

from mneme.errors import UserError

KEY, SUFFIXES = "config.yaml: method_folders", (".py", ".yaml")


def folders(named: Iterable[str]) -> tuple[Path, ...]:
    """The folders that a config names; ``~`` is the home, a relative one starts in the working directory.

    Raises:
        UserError: there is no such folder, it cannot be read, or its name holds ``:``.
    """
    found = tuple(Path(name).expanduser() for name in named)
    for folder in found:
        if not folder.is_dir():
            raise UserError(f"{KEY}: {folder}: no such folder; correct the path, or leave it out")
        if not os.access(folder, os.R_OK | os.X_OK):
            raise UserError(f"{KEY}: {folder}: cannot be read; fix its permissions, or leave it out")
        if os.pathsep in str(folder):
            raise UserError(f"{KEY}: {folder}: holds '{os.pathsep}', which joins folders; rename it")
    return found


def files(folder: Path, suffix: str) -> list[Path]:
    """Its files with a suffix, and those one level below; what is hidden is left out."""
    found = sorted([*folder.glob(f"*{suffix}"), *folder.glob(f"*/*{suffix}")])
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def entries(places: Iterable[Path], known: dict[str, Path]) -> dict[str, Path]:
    """Method -> its YAML file, of all folders; one without a module beside it is no method's.

    Args:
        known: the same of the methods in ``config/``.

    Raises:
        UserError: two methods have one name.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in places for path in files(folder, ".yaml") if path.with_suffix(".py").is_file()):
        if other := known.get(path.stem) or found.get(path.stem):
            raise UserError(f"{path}: a method '{path.stem}' stands in {other} already; rename one of the two")
        found[path.stem] = path
    return found


def half(name: str, places: Iterable[Path]) -> str:
    """What to say of a method of which one of the folders holds only one of its two files, or ``""``."""
    found = {suffix: [p for folder in places for p in files(folder, suffix) if p.stem == name] for suffix in SUFFIXES}
    if module := next(iter(found[".py"]), None):
        return f"{module} has no settings; write them in {module.with_suffix('.yaml')}"
    settings = next(iter(found[".yaml"]), None)
    return f"{settings} has no module; write it in {settings.with_suffix('.py')}" if settings else ""
