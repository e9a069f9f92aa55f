"""Bring a dataset's files to uint8 tensors of one size."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.data.prepare import make
from mneme.script import run

if __name__ == "__main__":
    run(make)
