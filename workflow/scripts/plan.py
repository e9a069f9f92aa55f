"""Say what `snakemake` with the same arguments would run, why, and what it would take; runs nothing.

python workflow/scripts/plan.py --config tier=demo

With --commands it writes the jobs as a makefile instead, for a machine without Snakemake:

python workflow/scripts/plan.py --commands > jobs.mk
benchmarks/gpu.sh jobs.mk 4

With --budget 2h it also proposes steps with which all jobs together take no longer.

With --leftovers it lists what killed jobs have left that no job goes on from, and how to remove it.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.errors import run
from mneme.operations.tell import tell

if __name__ == "__main__":
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
    else:
        run(lambda: print(tell(sys.argv[1:], ROOT), end=""))
