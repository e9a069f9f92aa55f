"""Train a classifier on real images: the upper bound of reverse accuracy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.probes.reverse import measure_ceiling
from mneme.script import run

if __name__ == "__main__":
    run(measure_ceiling)
