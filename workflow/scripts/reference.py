"""Extract the features of a task's real images."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.evaluation.reference import make_reference
from mneme.script import run

if __name__ == "__main__":
    run(make_reference)
