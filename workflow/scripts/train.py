"""Train one task of one method."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.script import run
from mneme.training.job import learn

if __name__ == "__main__":
    run(learn)
