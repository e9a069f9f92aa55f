"""Linters and formatters have nothing to say."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flow import CHECKOUT

TOOLS = Path(sys.executable).parent


def run(*command: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}  # snakefmt calls shfmt by name
    return subprocess.run(
        [str(TOOLS / command[0]), *command[1:]], cwd=CHECKOUT, capture_output=True, text=True, env=environment
    )


def test_snakemake_lint():
    done = run("snakemake", "--lint", "--cores", "1")
    assert "Congratulations, your workflow is in a good condition!" in done.stderr, done.stderr


@pytest.mark.parametrize(
    "command",
    ["snakefmt --check Snakefile workflow", "ruff check .", "ruff format --check ."],
)
def test_formatted(command: str):
    done = run(*command.split())
    assert done.returncode == 0, done.stdout + done.stderr
