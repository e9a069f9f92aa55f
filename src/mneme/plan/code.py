"""Which code a job runs, as a hash: Snakemake cannot see an edit of an imported module, so it is told by a param.

The hash covers the syntax trees of an entry file and of every first-party module it imports, directly or not, without
comments, docstrings and layout: touching, re-checking-out or re-documenting a file reruns nothing, and editing one
method's module reruns the jobs of that method.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from mneme.errors import UserError
from mneme.spec import class_name

PACKAGE = "mneme"


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file or of a notebook's code cells, docstrings dropped.

    Raises:
        UserError: it is not Python, or no notebook.
    """
    try:
        text = path.read_text()
        if path.suffix == ".ipynb":
            cells = [cell["source"] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            text = "\n".join("".join(source) for source in cells)
        module = ast.parse(text, path.name)
    except (SyntaxError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: cannot be read as {path.suffix} ({error}); mend it") from error
    for node in ast.walk(module):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and body:
            first = body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = body[1:]
    return module


@cache
def meaning(path: Path) -> bytes:
    """What a file does, as text: the same for every layout and comment."""
    return ast.dump(tree(path)).encode()


@cache
def module_file(name: str, source: Path) -> Path | None:
    """``mneme.data.load`` -> its file under ``src/``; None if there is no such module."""
    path = source.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.exists():
            return candidate
    return None


@cache
def imports(path: Path, source: Path) -> frozenset[Path]:
    """First-party files a file imports, anywhere in it; importing ``a.b.c`` runs ``a`` and ``a.b`` too."""
    found: set[Path] = set()

    def add(name: str) -> None:
        parts = name.split(".")
        if parts[0] == PACKAGE:
            prefixes = (".".join(parts[: n + 1]) for n in range(len(parts)))
            found.update(file for prefix in prefixes if (file := module_file(prefix, source)))

    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                add(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                add(f"{node.module}.{alias.name}")
    return frozenset(found)


def closure(entries: Iterable[Path], source: Path) -> list[Path]:
    """The entry files and all first-party files they import, sorted."""
    seen: set[Path] = set()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting.extend(imports(path, source))
    return sorted(seen)


@cache
def code_hash(entries: tuple[Path, ...], source: Path) -> str:
    """Sixteen hex digits that change when the code of a job does."""
    digest = hashlib.sha256()
    for path in closure(entries, source):
        digest.update(meaning(path))
    return digest.hexdigest()[:16]


def class_constants(module: str, source: Path) -> dict[str, object]:
    """Constants assigned in the body of a method's class, read without importing it.

    ``SEES, CHAINED, BASE = "current", False, "frozen"`` gives these three names.
    """
    path = module_file(module, source)
    assert path is not None, module
    wanted = class_name(module.rpartition(".")[2])
    constants: dict[str, object] = {}
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef) and node.name == wanted:
            for line in node.body:
                if isinstance(line, ast.Assign):
                    constants.update(_assigned(line))
    return constants


def conditional(module: str, settings: dict[str, object], source: Path) -> bool:
    """Whether a method makes the class it is asked for, read from its property ``conditional`` without importing it.

    The property may ask ``self.settings`` and nothing else. False, as the interface says, where there is none.
    """
    wanted = class_name(module.rpartition(".")[2])
    answer = _returned(module, wanted, "conditional", source)
    if answer is None:
        return False
    names = {"self": SimpleNamespace(settings=SimpleNamespace(**settings))}
    return bool(eval(compile(ast.Expression(answer), module, "eval"), names))


def _returned(module: str, wanted: str, name: str, source: Path) -> ast.expr | None:
    """What a property of a class, or of its first base that has it, returns; the interface's own is left out."""
    path = module_file(module, source)
    if path is None or module == f"{PACKAGE}.methods.interface":
        return None
    found = [node for node in tree(path).body if isinstance(node, ast.ClassDef) and node.name == wanted]
    for node in (part for cls in found for part in cls.body):
        if isinstance(node, ast.FunctionDef) and node.name == name and isinstance(node.body[-1], ast.Return):
            return node.body[-1].value
    homes = {
        alias.name: node.module
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
    bases = [base.id for cls in found for base in cls.bases if isinstance(base, ast.Name)]
    answers = (_returned(homes.get(base, module), base, name, source) for base in bases if base != wanted)
    return next((answer for answer in answers if answer is not None), None)


def _assigned(line: ast.Assign) -> dict[str, object]:
    target = line.targets[0]
    names = target.elts if isinstance(target, ast.Tuple) else [target]
    values = line.value.elts if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple) else [line.value]
    return {
        name.id: value.value
        for name, value in zip(names, values, strict=False)
        if isinstance(name, ast.Name) and isinstance(value, ast.Constant)
    }
