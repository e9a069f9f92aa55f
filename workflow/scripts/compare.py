"""Compare two folders of results, of one tier each: python workflow/scripts/compare.py results/demo /else/demo"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme import errors
from mneme.report.compare import compare, text

if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    errors.run(lambda: print(text(compare(*map(Path, sys.argv[1:])))))
