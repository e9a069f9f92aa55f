"""The code hash: it changes with what a job runs, and with nothing else."""

import ast
import json
from pathlib import Path

import pytest

from mneme.plan import code

ROOT = Path(__file__).parents[2]
INNER = '''
import json

from mneme import pack


def f(x):
    """Twice."""
    from mneme.late import VALUE

    return pack.SIZE * x * VALUE  # times
'''
METHOD = '''
raise RuntimeError("run")


class Other:
    SEES = "all"


class GanMemory(Base):
    """Doc."""

    SEES, CHAINED = "current", False
    BASE = "frozen"
    CONDITIONAL: ClassVar = setting("labels")
    computed = f()
'''
FILES = {
    "src/mneme/__init__.py": '"""The package."""\n',
    "src/mneme/a.py": "from mneme.pack.inner import f\n\n\ndef g(x):\n    return f(x) + 1\n",
    "src/mneme/late.py": "VALUE = 3\n",
    "src/mneme/lone.py": "VALUE = 4\n",
    "src/mneme/pack/__init__.py": "SIZE = 2\n",
    "src/mneme/pack/inner.py": INNER,
    "script.py": "import mneme.a\nimport numpy\n\nprint(mneme.a.g(1))\n",
}
REWORDED = [
    ("# times", "# product"),
    ('"""Twice."""', '"""Other words."""'),
    ("return", "return  "),
    ("\n\n\ndef", "\n\n\n\n\ndef"),
]


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def forget():
    for cached in (code.tree, code.meaning, code.module_file, code.imports, code.code_hash):
        cached.cache_clear()


def hashed(folder: Path, *entries: str) -> str:
    forget()
    return code.code_hash(tuple(folder / entry for entry in entries or ["script.py"]), folder / "src")


def closure(folder: Path, *entries: str) -> set[str]:
    forget()
    return {
        str(path.relative_to(folder)) for path in code.closure([folder / entry for entry in entries], folder / "src")
    }


def test_the_closure_follows_imports_anywhere_and_packages_on_the_way(folder):
    expected = {"script.py", "src/mneme/__init__.py", "src/mneme/a.py", "src/mneme/late.py"}
    expected |= {"src/mneme/pack/__init__.py", "src/mneme/pack/inner.py"}
    assert closure(folder, "script.py") == expected
    assert closure(folder, "script.py", "src/mneme/lone.py") == expected | {"src/mneme/lone.py"}
    assert closure(folder, "src/mneme/late.py") == {"src/mneme/__init__.py", "src/mneme/late.py"}


def test_modules_that_import_each_other(folder):
    (folder / "src/mneme/late.py").write_text("import mneme.a\n\nVALUE = 3\n")
    assert "src/mneme/late.py" in closure(folder, "src/mneme/late.py")


@pytest.mark.parametrize("old, new", REWORDED)
def test_words_and_layout_do_not_count(folder, old, new):
    before, path = hashed(folder), folder / "src/mneme/pack/inner.py"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert hashed(folder) == before


def test_a_first_docstring_does_not_count(folder):
    before, path = hashed(folder), folder / "src/mneme/a.py"
    path.write_text('"""Now documented."""\n' + path.read_text().replace("(x):\n", '(x):\n    """Also."""\n'))
    assert hashed(folder) == before


@pytest.mark.parametrize("name", [name for name in FILES if name != "src/mneme/lone.py"])
def test_code_counts(folder, name):
    before = hashed(folder)
    (folder / name).write_text(FILES[name] + "EDITED = True\n")
    assert hashed(folder) != before


def test_code_elsewhere_does_not_count(folder):
    before = hashed(folder)
    (folder / "src/mneme/lone.py").write_text("VALUE = 5\n")
    (folder / "src/mneme/other.py").write_text("VALUE = 5\n")
    assert hashed(folder) == before


def test_a_number_and_a_name_count(folder):
    before, path = hashed(folder), folder / "src/mneme/late.py"
    path.write_text("VALUE = 3.0\n")
    assert hashed(folder) != before
    path.write_text("VALUE = 3\n")
    assert hashed(folder) == before


def test_the_docstring_of_a_constant_does_not_count(folder):
    before, path = hashed(folder), folder / "src/mneme/late.py"
    path.write_text('VALUE = 3\n"""What it is."""\n')
    assert hashed(folder) == before
    path.write_text('if True:\n    """A block."""\n    VALUE = 3\n')
    block = hashed(folder)
    path.write_text("if True:\n    VALUE = 3\n")
    assert hashed(folder) == block != before


def test_a_string_that_is_a_value_counts(folder):
    path = folder / "src/mneme/late.py"
    path.write_text('VALUE = "a"\n')
    before = hashed(folder)
    path.write_text('VALUE = "b"\n')
    assert hashed(folder) != before


def test_how_a_script_is_stopped_does_not_count(folder):
    before = hashed(folder)
    (folder / "src/mneme/stop.py").write_text("VALUE = 5\n", encoding="utf-8")
    text = FILES["script.py"].replace("import mneme.a\n", "import mneme.stop  # from here on\nimport mneme.a\n")
    (folder / "script.py").write_text(text, encoding="utf-8")
    assert hashed(folder) == before and "src/mneme/stop.py" not in closure(folder, "script.py")


def test_the_place_of_the_checkout_does_not_count(folder, tmp_path_factory):
    moved = tmp_path_factory.mktemp("moved")
    for name, text in FILES.items():
        (moved / name).parent.mkdir(parents=True, exist_ok=True)
        (moved / name).write_text(text)
    assert hashed(moved) == hashed(folder)


def test_of_a_notebook_the_code_cells_count(folder):
    cells = [
        {"cell_type": "markdown", "source": ["import mneme.lone"]},
        {"cell_type": "code", "source": ["from mneme import late\n", "late.VALUE"], "outputs": []},
    ]
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert closure(folder, "notebook.ipynb") == {"notebook.ipynb", "src/mneme/__init__.py", "src/mneme/late.py"}
    before = hashed(folder, "notebook.ipynb")
    cells[0]["source"], cells[1]["outputs"] = ["other words"], ["3"]
    path.write_text(json.dumps({"cells": cells}))
    assert hashed(folder, "notebook.ipynb") == before
    cells[1]["source"].append(" + 1")
    path.write_text(json.dumps({"cells": cells}))
    assert hashed(folder, "notebook.ipynb") != before


def test_constants_of_a_method_are_read_without_running_it(folder):
    (folder / "src/mneme/gan_memory.py").write_text(METHOD)
    forget()
    found = code.class_constants(folder / "src/mneme/gan_memory.py", folder / "src")
    assert found == {"SEES": "current", "CHAINED": False, "BASE": "frozen", "CONDITIONAL": code.Setting("labels")}


# ---- what the closure relies on in our own code ----------------------------------------------------------------------


def test_no_import_of_ours_is_invisible():
    """No relative import, and modules are found by name in three places, whose choice the plan knows, and where a user
    asks for ``mneme.load``, which no job does."""
    by_name = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path} imports relatively"
        if "import_module" in path.read_text() or "__import__" in path.read_text():
            by_name.add(path.relative_to(ROOT / "src/mneme").as_posix())
    assert by_name == {"data/prepare.py", "probes/sizes.py", "training/restore.py", "__init__.py"}


def test_no_package_imports_what_is_in_it():
    """An eager ``methods/__init__`` would join the closures of all methods."""
    for path in (ROOT / "src").rglob("__init__.py"):
        assert not code.imports(path, ROOT / "src"), path


def test_methods_do_not_share_what_is_theirs():
    def of(method: str) -> set[str]:
        entries = [ROOT / "workflow/scripts/train.py", code.method_file(method, ROOT / "src")]
        return {path.name for path in code.closure(entries, ROOT / "src")}

    assert "gan_memory.py" not in of("finetune") and "whole.py" not in of("gan_memory")
    assert not of("gan_memory") & {"metrics.py", "prepare.py", "plan.py", "table.py"}
