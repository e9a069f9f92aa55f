"""Turn a published GP-GAN checkpoint into a base GAN."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.methods.base.published import import_base
from mneme.script import run

if __name__ == "__main__":
    run(import_base)
