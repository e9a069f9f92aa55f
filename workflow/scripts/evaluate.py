"""Measure the samples of every task learned so far from one checkpoint: row t of R[t, i]."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.evaluation.evaluate import evaluate
from mneme.script import run

if __name__ == "__main__":
    run(evaluate)
