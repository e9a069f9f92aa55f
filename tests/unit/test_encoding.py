"""Text is UTF-8 whatever the locale: code hashes and settings are the same on a machine with another one."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("src", "workflow", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
LATIN = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
READ = """
import hashlib, sys
from pathlib import Path
from mneme.catalogue.catalogue import FILES, FOLDERS, Catalogue
from mneme.plan.code import code_hash

root = Path(sys.argv[1])
files = sorted([*root.glob("workflow/scripts/*.py"), *root.glob("notebooks/*.ipynb"), *root.glob("src/**/*.py")])
print(code_hash(tuple(files), root / "src"))
catalogue = Catalogue({"experiments": ["x"]}, root / "config")
found = [repr(catalogue.evaluation)]
for kind in (*FILES, *FOLDERS):
    found += [repr(getattr(catalogue, kind.removesuffix("s"))(name, "test")) for name in catalogue.names(kind)]
print(len(found), hashlib.sha256("".join(found).encode()).hexdigest())
"""


def without_encoding(tree: ast.AST) -> list[int]:
    """The lines of a syntax tree that read or write text in the locale's encoding."""
    lines = []
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call)]:
        given = {keyword.arg for keyword in call.keywords}
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        mode = call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else "r"
        switches = [keyword for keyword in call.keywords if keyword.arg in ("text", "universal_newlines")]
        decoded = any(isinstance(one.value, ast.Constant) and one.value.value is True for one in switches)
        text = name in ("read_text", "write_text") or (isinstance(call.func, ast.Name) and name == "open")
        if (text and "b" not in str(mode) and "encoding" not in given) or decoded:
            lines.append(call.lineno)
    return lines


@pytest.mark.parametrize(
    "code", ["p.read_text()", "p.write_text('b')", "open(p)", "open(p, 'a')", "run(c, text=True)", "open(p, mode='w')"]
)
def test_text_in_the_locales_encoding_is_found(code):
    assert without_encoding(ast.parse(code)) == [1]


def test_no_source_reads_or_writes_text_in_the_locales_encoding():
    found = {path: without_encoding(ast.parse(path.read_text(encoding="utf-8"))) for path in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}
    for path in [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        assert text.count("_text(") + text.count(" open(") == text.count("encoding="), path


def test_hashes_and_settings_do_not_depend_on_the_locale():
    found = []
    for locale in ({"PYTHONUTF8": "1"}, LATIN):
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **locale}
        command = [sys.executable, "-c", READ, str(ROOT)]
        found.append(subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True).stdout)
    assert found[0] == found[1] and len(found[0].split()) == 3
