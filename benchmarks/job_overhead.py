"""What a training job costs before its first step, beside importing torch alone.

    python benchmarks/job_overhead.py [--repeat 5]

Both are measured in turn as whole processes, and the medians are printed with their difference and ratio.
"""

import argparse
import json
import operator
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from mneme.files import save

SPEC = {
    "job": "train", "module": "base", "stream": "benchmark", "seed": 0, "size": 16, "channels": 1, "threads": 1,
    "tasks": [{"index": 0, "name": "source", "dataset": "noise", "classes": [0], "labels": [0], "flip": False}],
    "settings": {
        "width": 12, "noise": 64, "batch": 32, "optimiser": "adam", "lr": 1e-4, "r1": 1.0, "ema": 0.9,
        "fresh_fakes": True,
    },
    "steps": 1, "snapshots": [], "data": {"noise": ""}, "base": None, "previous": None,
}  # fmt: skip


def seconds(command: list[str], until: str) -> float:
    """From process start to the first line that starts with ``until``."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8")
    elapsed = next((time.perf_counter() - started for line in process.stderr if line.startswith(until)), None)
    process.communicate()
    if elapsed is None:
        sys.exit(f"{command[1]} never said '{until}'")
    return elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    import torch

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        x, y = torch.randint(0, 256, (1500, 1, 16, 16), dtype=torch.uint8), torch.zeros(1500, dtype=torch.int64)
        save(out / "noise.pt", {"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": ["0"], "spec": ""})
        job = [sys.executable, str(ROOT / "workflow/scripts/train.py"), "--spec", json.dumps(SPEC), "--device", "cpu"]
        job += ["--data", f"noise={out / 'noise.pt'}"]
        job += [word for name in ("checkpoint", "snapshots", "losses") for word in (f"--{name}", str(out / name))]
        alone = [sys.executable, "-c", "import torch, sys; print('ready', file=sys.stderr)"]
        times = {"import torch": [], "training job": []}
        for _ in range(repeat):
            times["import torch"].append(seconds(alone, "ready"))
            times["training job"].append(seconds(job, "step 1/1"))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        print(f"{name:14} {medians[name]:.2f} s  (of {repeat}: {min(values):.2f} to {max(values):.2f})")
    extra, ratio = (f(medians["training job"], medians["import torch"]) for f in (operator.sub, operator.truediv))
    print(f"a job's first step comes {extra:.2f} s after, and takes {ratio:.2f} times, importing torch alone")


if __name__ == "__main__":
    main()
