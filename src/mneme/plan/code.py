"""Which code a job runs, as a hash: Snakemake cannot see an edit of an imported module, so it is told by a param.

The hash covers the syntax trees of an entry file and of every first-party module it imports, directly or not, without
comments, docstrings and layout: touching, re-checking-out or re-documenting a file reruns nothing, and editing one
method's module reruns the jobs of that method.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mneme.errors import UserError
from mneme.spec import class_name

PACKAGE, METHODS = "mneme", "mneme.methods"
ASIDE = "mneme.stop"  # how a script ends on Ctrl-C decides on no result
Folders = tuple[Path, ...]
"""Folders with methods outside the checkout; their modules count as if they lay in ``mneme/methods/``."""


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file or of a notebook's code cells, docstrings (of constants too) and imports of
    :data:`ASIDE` dropped.

    Raises:
        UserError: it is not Python, or no notebook.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".ipynb":
            cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            text = "\n".join("".join(source) for source in cells)
        module = ast.parse(text, path.name)
    except (SyntaxError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read as {path.suffix} ({error}); mend it") from error
    module.body = [line for line in module.body if not isinstance(line, ast.Import) or line.names[0].name != ASIDE]
    for node in ast.walk(module):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(lines := getattr(node, name, None), list):
                setattr(node, name, [line for line in lines if not is_text(line)])
    return module


def is_text(line: object) -> bool:
    """Whether a statement is a string and nothing else, such as a docstring."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


@cache
def meaning(path: Path) -> bytes:
    """What a file does, as text: the same for every layout and comment."""
    return ast.dump(tree(path)).encode()


@cache
def module_file(name: str, source: Path, outside: Folders = ()) -> Path | None:
    """``mneme.data.load`` -> its file, under ``src/`` or outside; None if there is no such module."""
    places = [source.joinpath(*name.split("."))]
    if name.startswith(f"{METHODS}."):
        places += [folder.joinpath(*name.split(".")[2:]) for folder in outside]
    files = [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
    return next(filter(Path.exists, files), None)


@cache
def method_file(word: str, source: Path, outside: Folders = ()) -> Path | None:
    """``sft`` -> its file in the folder of its family, or outside also beside such folders; None if there is none."""
    found = sorted(source.glob(f"mneme/methods/*/{word}.py"))
    found += [path for folder in outside for name in (word, f"*/{word}") for path in sorted(folder.glob(f"{name}.py"))]
    return next(iter(found), None)


def placed(path: Path, source: Path, outside: Folders = ()) -> Path:
    """Where a file counts as lying: of a folder outside, in ``mneme/methods/``, so that no hash knows where that is."""
    folder = next((folder for folder in outside if folder in path.parents), None)
    return source.joinpath(*METHODS.split("."), path.relative_to(folder)) if folder else path


def module_name(path: Path, source: Path, outside: Folders = ()) -> str:
    """The dotted name of a module's file."""
    return ".".join(placed(path, source, outside).relative_to(source).with_suffix("").parts)


def along(name: str, source: Path, outside: Folders = ()) -> set[Path]:
    """The first-party files that importing ``a.b.c`` runs: those of ``a``, ``a.b`` and ``a.b.c``."""
    parts = name.split(".") if name.partition(".")[0] == PACKAGE else []
    prefixes = (".".join(parts[: n + 1]) for n in range(len(parts)))
    return {file for prefix in prefixes if (file := module_file(prefix, source, outside))}


@cache
def imports(path: Path, source: Path, outside: Folders = ()) -> frozenset[Path]:
    """First-party files a file imports, anywhere in it."""
    found: set[Path] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            names = []
        found.update(*(along(name, source, outside) for name in names))
    return frozenset(found)


def closure(entries: Iterable[Path], source: Path, outside: Folders = ()) -> list[Path]:
    """The entry files and all first-party files they import, sorted by where they count as lying."""
    seen: set[Path] = set()
    waiting = list(entries)
    for path in list(waiting):  # a module that is found by name runs the packages that it is in
        if source in placed(path, source, outside).parents:
            waiting += along(module_name(path, source, outside), source, outside)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(imports(path, source, outside))
    return sorted(seen, key=lambda path: placed(path, source, outside))


@cache
def code_hash(entries: tuple[Path, ...], source: Path, outside: Folders = ()) -> str:
    """Sixteen hex digits that change when the code of a job does."""
    digest = hashlib.sha256()
    for path in closure(entries, source, outside):
        digest.update(meaning(path))
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Setting:
    """A constant whose value is that of a setting: ``setting("name")`` in the class body."""

    name: str


def class_constants(path: Path, source: Path, outside: Folders = ()) -> dict[str, object]:
    """Constants assigned in the body of a method's class and of its bases, read without importing them.

    ``SEES, CHAINED, BASE = "current", False, "frozen"`` gives these three names, ``CONDITIONAL = setting("labels")`` a
    :class:`Setting`. Constants of the class itself go before those of its bases, as in Python.
    """
    return _constants(path, class_name(path.stem), source, outside)


def _constants(path: Path, wanted: str, source: Path, outside: Folders) -> dict[str, object]:
    homes = {
        alias.name: module_file(node.module, source, outside)
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    constants: dict[str, object] = {}
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and node.name == wanted:
            for base in reversed([base.id for base in node.bases if isinstance(base, ast.Name)]):
                home = homes.get(base, path)
                constants |= _constants(home, base, source, outside) if home and base != wanted else {}
            for line in node.body:
                if isinstance(line, ast.Assign):
                    constants |= _assigned(line)
                elif isinstance(line, ast.AnnAssign) and line.value and (value := _value(line.value)) is not ...:
                    constants[line.target.id] = value
    return constants


def _assigned(line: ast.Assign) -> dict[str, object]:
    target = line.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    values = line.value.elts if isinstance(target, ast.Tuple) else [line.value]
    found = {name.id: _value(value) for name, value in zip(names, values, strict=False) if isinstance(name, ast.Name)}
    return {name: value for name, value in found.items() if value is not ...}


def _value(node: ast.expr) -> object:
    """A literal, a :class:`Setting`, or ``...`` for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setting":
        return Setting(node.args[0].value)
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ...
