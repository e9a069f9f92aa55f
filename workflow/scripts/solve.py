"""Learn one task with a solver, and test it on all tasks so far."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from mneme.script import run
from mneme.solvers.job import solve

if __name__ == "__main__":
    run(solve)
