"""Count the numbers of the models of an experiment, task after task."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.probes.capacity import measure_capacity
from mneme.script import run

if __name__ == "__main__":
    run(measure_capacity)
