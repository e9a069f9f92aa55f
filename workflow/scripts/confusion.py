"""Ask predictions of real images of earlier tasks whether they take them for the last one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.probes.confusion import measure_confusion
from mneme.script import run

if __name__ == "__main__":
    run(measure_confusion)
