"""The house, read from the syntax trees: who imports whom, imports for type checking and inside functions included.

A room is a folder or a module directly under ``src/mneme``. It stands above what it uses.
"""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
ROOMS = [
    *("errors", "spec", "settings", "state", "files", "lineage", "machine", "script", "stop"),
    *("data", "networks", "losses", "method", "methods"),
    *("training", "evaluation", "probes"),
    *("catalogue", "figures", "claims", "report", "plan", "operations"),
]
MEASURES = "mneme.evaluation.measures"  # names in print, without torch
CATALOGUE_NEEDS = {"mneme.errors", "mneme.spec", "mneme.files", "mneme.data.stream", MEASURES}

# Ordinary words of the code that are also a method's name: the base GAN is an input of many jobs, and so is the
# evaluator, a classifier. A method that replays another is called after it in print: the catalogue and the figures know
# the prefix.
WORDS = {"base", "classifier", "replay"}
METHODS = {path.stem for path in (ROOT / "config/methods").rglob("*.yaml")} - WORDS


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


@cache
def trees() -> dict[str, ast.Module]:
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}


def imported(name: str, tree: ast.Module, modules: set[str]) -> set[str]:
    """Modules of ``modules`` that a module imports by name; a package only where nothing inside it is meant."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = name.split(".")[: -node.level or None]  # a relative import starts at the module's own package
            home = ".".join([*(package if node.level else ()), *filter(None, [node.module])])
            found |= {inner if (inner := f"{home}.{alias.name}") in modules else home for alias in node.names}
    return (found & modules) - {name}


@cache
def edges() -> dict[str, set[str]]:
    return {name: imported(name, tree, set(trees())) for name, tree in trees().items()}


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else name


def in_cycles(graph: dict[str, set[str]]) -> set[str]:
    """Modules that reach themselves."""

    def reach(start: str) -> set[str]:
        seen, waiting = set(), [start]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting.extend(new)
        return seen

    return {name for name in graph if name in reach(name)}


def upward(graph: dict[str, set[str]], rooms: list[str]) -> set[tuple[str, str]]:
    """Imports from a lower room to a higher one; rooms are listed lowest first."""
    height = {name: index for index, name in enumerate(rooms)}
    pairs = {(user, used) for user, all_used in graph.items() for used in all_used}
    return {(a, b) for a, b in pairs if "." in a and "." in b and height[room(a)] < height[room(b)]}


def naming(name: str, tree: ast.Module, methods: set[str]) -> set[str]:
    """Methods that a module names in a string, a variant's name included, and modules of methods that it imports."""
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if text.partition("-")[0] in methods} | {
        used for used in imported(name, tree, set(trees())) if used.startswith("mneme.methods.")
    }


def test_every_room_has_its_height():
    assert {room(name) for name in trees() if "." in name} == set(ROOMS)


def test_no_two_modules_import_each_other():
    assert in_cycles(edges()) == set()


def test_no_import_points_up():
    assert upward(edges(), ROOMS) == set()


def test_the_catalogue_needs_next_to_nothing():
    used = set().union(*(edges()[name] for name in edges() if room(name) == "catalogue"))
    assert {name for name in used if room(name) != "catalogue"} <= CATALOGUE_NEEDS
    assert edges()[MEASURES] == set()


def test_no_module_outside_a_family_names_a_method():
    """In strings and imports; methods are found by the name that a config gives. Not checked: WORDS."""
    outside = {name: tree for name, tree in trees().items() if room(name) != "methods"}
    assert {name for name, tree in outside.items() if naming(name, tree, METHODS)} == set()


def test_families_do_not_name_each_others_methods():
    """They may share what is no method: a network's training, the drawing of replays."""
    modules = {name for name in trees() if name.startswith("mneme.methods.")}
    for name in modules:
        foreign = {used for used in edges()[name] & modules if used.split(".")[2] != name.split(".")[2]}
        assert not {used for used in foreign if used.rpartition(".")[2] in METHODS}, name


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("import a.b", {"a.b"}),
        ("from a import b", {"a.b"}),
        ("from a.b import word", {"a.b"}),
        ("from . import b", {"a.b"}),
        ("from .b import word", {"a.b"}),
        ("if TYPE_CHECKING:\n    from a.b import Word", {"a.b"}),
        ("def f():\n    import a.b", {"a.b"}),
        ("import os", set()),
    ],
)
def test_imports_of_all_kinds_are_seen(text, used):
    assert imported("a.me", ast.parse(text), {"a", "a.b", "a.me"}) == used


def test_cycles_upward_imports_and_names_are_found():
    graph = {"m.low.a": {"m.high.b"}, "m.high.b": {"m.high.c"}, "m.high.c": {"m.high.b"}}
    assert in_cycles(graph) == {"m.high.b", "m.high.c"}
    assert upward(graph, ["low", "high"]) == {("m.low.a", "m.high.b")}
    text = 'x = ["sft", "gan_memory-conditional", "base", "sftp"]\nfrom mneme.methods.mergan import dgr'
    assert naming("x", ast.parse(text), METHODS) == {"sft", "gan_memory-conditional", "mneme.methods.mergan.dgr"}
