"""How long Snakemake plans thousands of jobs, beside a bare workflow of as many jobs.

    python benchmarks/planning.py [--seeds 4] [--repeat 3] [--finished FOLDER]

The catalogue is all experiments but the scenes, at tier paper, over some seeds: with four, 5,000 jobs. The bare
workflow has as many jobs and files, and of all that Mneme adds (specs, code hashes, environments, logs) nothing: it is
what Snakemake itself takes. ``--finished`` also plans in a folder where everything was made, with the options it had.
Seconds are processor time and, in brackets, wall time; the smallest of the repeats.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from mneme.catalogue.catalogue import Catalogue

BARE = """
CHAINS, TASKS = {chains}, 10

rule all:
    input: expand("r/{{c}}/{{t}}/evaluation.json", c=range(CHAINS), t=range(TASKS))

rule train:
    input: lambda w: f"r/{{w.c}}/{{int(w.t) - 1}}/checkpoint.pt" if int(w.t) else []
    output: multiext("r/{{c}}/{{t}}/", "checkpoint.pt", "snapshots.pt", "losses.jsonl")
    shell: "true"

rule evaluate:
    input: "r/{{c}}/{{t}}/checkpoint.pt"
    output: multiext("r/{{c}}/{{t}}/", "evaluation.json", "samples.pt")
    shell: "true"
"""


def snakemake(folder: Path, *arguments: str) -> tuple[float, float, str]:
    """Processor seconds, wall seconds and output of a dry run."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "2", "--dry-run"]
    run = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, wall, run.stdout + run.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--finished", type=Path, help="a folder with results")
    parser.add_argument("options", nargs="*", help="for --finished, after --: what it was run with")
    args = parser.parse_args()
    names = sorted(Catalogue({"experiments": ["x"]}, ROOT / "config").names("experiments"))
    by_hand = ("butterflies", "imagenet", "perceptual", "scenes")  # data that cannot be fetched
    experiments = [name for name in names if not name.endswith(by_hand)]

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = {"tier": "paper", "device": "cpu", "experiments": experiments, "seeds": [*range(args.seeds)]}
        (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        ours = ["--snakefile", str(ROOT / "Snakefile")]
        *_, text = snakemake(folder, *ours)
        jobs = int(re.search(r"^total +(\d+)$", text, re.MULTILINE)[1])
        (folder / "bare.smk").write_text(BARE.format(chains=round(jobs / 20)), encoding="utf-8")
        bare = ["--snakefile", "bare.smk", "--scheduler", "greedy"]
        kinds = {"bare, -q": (folder, *bare, "-q"), "bare": (folder, *bare)}
        kinds |= {"Mneme, -q": (folder, *ours, "-q"), "Mneme": (folder, *ours)}
        if args.finished:
            kinds["no-op rerun"] = (args.finished, "--snakefile", str(ROOT / "Snakefile"), *args.options)
        times = {kind: [] for kind in kinds}
        for _ in range(args.repeat):
            for kind, (where, *arguments) in kinds.items():
                times[kind].append(snakemake(where, *arguments)[:2])
    print(f"{jobs} jobs")
    least = {kind: [min(column) for column in zip(*rows, strict=True)] for kind, rows in times.items()}
    for kind, (spent, wall) in least.items():
        print(f"{kind:12} {spent:6.2f} s ({wall:.2f} s)")
    for quiet in (", -q", ""):
        print(f"Mneme{quiet} takes {least[f'Mneme{quiet}'][0] / least[f'bare{quiet}'][0]:.2f} times the bare workflow")


if __name__ == "__main__":
    main()
