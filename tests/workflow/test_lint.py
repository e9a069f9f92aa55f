"""Linters and formatters have nothing to say but what is explained here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flow import CHECKOUT

TOOLS = Path(sys.executable).parent

# file -> findings that stand, and why
EXPLAINED = {
    # Helpers that turn named inputs into command lines stand beside the one rule that uses them.
    name: {"Mixed rules and functions"}
    for name in ("data.smk", "train.smk", "evaluate.smk", "styles.smk")
}


def run(*command: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}  # snakefmt calls shfmt by name
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=CHECKOUT, capture_output=True, text=True, env=environment
    )


def test_snakemake_lint():
    found: dict[str, set[str]] = {}
    known = set().union(*EXPLAINED.values())
    for line in run("snakemake", "--lint", "--cores", "1").stderr.splitlines():
        if heading := re.match(r"Lints for (?:rule \w+ \(line \d+, (.+)\)|snakefile (.+)):$", line):
            file = Path(heading[1] or heading[2]).name
        elif line.startswith("    * "):
            said = line.removeprefix("    * ")
            found.setdefault(file, set()).add(next((words for words in known if said.startswith(words)), said))
    assert found == EXPLAINED


@pytest.mark.parametrize(
    "command",
    ["snakefmt --check Snakefile workflow", "ruff check .", "ruff format --check ."],
)
def test_formatted(command: str):
    done = run(*command.split())
    assert done.returncode == 0, done.stdout + done.stderr
