"""Measure the first task at every snapshot of a later one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.probes.curve import measure_curve
from mneme.script import run

if __name__ == "__main__":
    run(measure_curve)
