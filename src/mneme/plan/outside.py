"""What is wrong with the modules of methods outside the checkout, told from their text: nothing of them is run."""

import ast
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

from mneme.catalogue import outside
from mneme.errors import UserError
from mneme.plan import code
from mneme.plan.plan import Plan


def check_names(plan: Plan) -> None:
    """No module has the name of another: they are imported as parts of ``mneme.methods``.

    Raises:
        UserError: one has.
    """
    inside = {path.stem: path for path in (plan.source / "mneme/methods").iterdir() if path.stem != "__init__"}
    first: dict[str, Path] = {}
    names = {
        path: code.module_name(path, plan.source, plan.outside)
        for folder in plan.outside
        for path in outside.files(folder, ".py")
    }
    for path, name in sorted(names.items(), key=lambda item: item[1].count(".")):  # files beside the folders come first
        family, other = name.split(".")[2], first.setdefault(name, path)
        flat = first.get(f"{code.METHODS}.{family}", path)
        if family in inside:
            place = inside[family].relative_to(plan.root)
            raise UserError(f"{path}: '{family}' is the name of {place} too; rename the folder or file")
        if other != path or flat != path:
            other = other if other != path else flat
            raise UserError(f"{path}: would be imported as {other} is; rename one of the two")


def check_imports(plan: Plan, method: Path) -> None:
    """Every module outside that a method runs finds what it imports.

    Third-party packages are looked for only where torch is installed: elsewhere jobs have an environment of their own.

    Raises:
        UserError: one does not, or imports relatively.
    """
    lies_outside = {path for path in [method] if code.placed(path, plan.source, plan.outside) != path}
    for path in code.closure(lies_outside, plan.source, plan.outside):
        if code.placed(path, plan.source, plan.outside) != path:
            for reason in _unresolved(plan, path):
                raise UserError(f"{path}: {reason}")


def _unresolved(plan: Plan, path: Path) -> Iterator[str]:
    """What to say of each import of a file that leads nowhere."""
    for node in ast.walk(code.tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            full = code.module_name(path, plan.source, plan.outside).rpartition(".")[0]
            yield f"imports relatively, which planning does not follow; write 'from {full}.MODULE import NAME'"
    for node in code.tree(path).body:  # what is tried, or imported in a function, may be absent
        if isinstance(node, ast.Import):
            yield from filter(None, (_missing(plan, alias.name, "*") for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            yield from filter(None, (_missing(plan, node.module, alias.name) for alias in node.names))


def _missing(plan: Plan, module: str, name: str) -> str:
    """What to say of an import that leads nowhere, or ``""``; the name ``*`` stands for the module itself."""
    top = module.partition(".")[0]
    if top == code.PACKAGE:
        file = code.module_file(module, plan.source, plan.outside)
        if code.module_file(f"{module}.{name}", plan.source, plan.outside):
            return ""
        if file is None:
            return f"imports {module if name == '*' else f'{module}.{name}'}, which is not there; correct the name"
        return f"imports '{name}' from {module}, which has none; correct the name" if not _has(file, name) else ""
    if top in sys.modules or top in sys.stdlib_module_names or importlib.util.find_spec(top):
        return ""
    if (own := code.module_file(f"{code.METHODS}.{module}", plan.source, plan.outside)) is not None:
        return f"imports '{module}', which is {own}; import it as {code.METHODS}.{module}"
    there = importlib.util.find_spec("torch")
    return f"imports '{top}', which is not installed; install it, or correct the name" if there else ""


def _has(file: Path, name: str) -> bool:
    """Whether a module binds a name somewhere, or may bind any."""
    bound: set[str] = set()
    for node in ast.walk(code.tree(file)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return name == "*" or bool(bound & {name, "*", "__getattr__"})
