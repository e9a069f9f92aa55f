"""Gather all measurements of an experiment into tidy tables."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.evaluation.table import gather
from mneme.script import run

if __name__ == "__main__":
    run(gather)
