"""Test the step of a task that is best on real validation images."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.probes.best_step import measure_best_step
from mneme.script import run

if __name__ == "__main__":
    run(measure_best_step)
