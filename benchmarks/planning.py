"""How long Snakemake plans thousands of jobs, beside a bare workflow of as many jobs.

    python benchmarks/planning.py [--seeds 4] [--repeat 3] [--finished FOLDER]

The catalogue is all experiments but the scenes, at tier paper, over some seeds: with four, 5,000 jobs. The bare
workflow has as many jobs, files and edges, and of all that Mneme adds (specs, code hashes, environments, logs)
nothing: it is what Snakemake itself takes. ``--finished`` also plans in a folder where everything was made, with the
options it had. Seconds are processor time and, in brackets, wall time; the smallest of the repeats.
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
from mneme.plan.job import File, Job
from mneme.plan.jobs.shown import shown
from mneme.plan.plan import Plan

BARE = """
import json
JOBS = json.load(open("jobs.json"))   # number of outputs -> job -> its input files

rule all:
    input: JOBS["0"]["all"]
"""
RULE = """
rule job{count}:
    input: lambda w: JOBS["{count}"][w.n]
    output: expand("r/{count}/{{{{n}}}}/{{k}}", k=range({count}))
    shell: "true"
"""


def bare(plan: Plan) -> dict[int, dict[str, list[str]]]:
    """Number of outputs -> job -> input files: as many jobs, files and edges as a plan has."""
    asked = [job for name in plan.config.experiments for job in shown(plan, name)]
    numbers: dict[Job, str] = {}
    waiting = list(asked)
    while waiting:
        job = waiting.pop()
        if job not in numbers:
            numbers[job] = str(len(numbers))
            waiting.extend(job.needs)

    def path(file: File) -> str:
        outputs = list(file.job.outputs.values())
        return f"r/{len(outputs)}/{numbers[file.job]}/{outputs.index(file.path)}"

    found: dict[int, dict[str, list[str]]] = {0: {"all": [path(job.file(o)) for job in asked for o in job.outputs]}}
    for job, number in numbers.items():
        read = [path(file) for name in job.inputs for file in job.files(name) if file.job]
        found.setdefault(len(job.outputs), {})[number] = read
    return found


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
        same = bare(Plan(config, ROOT))
        (folder / "jobs.json").write_text(json.dumps(same), encoding="utf-8")
        text = BARE + "".join(RULE.format(count=count) for count in same if count)
        (folder / "bare.smk").write_text(text, encoding="utf-8")
        plain = ["--snakefile", "bare.smk", "--scheduler", "greedy"]
        kinds = {"bare, -q": (folder, *plain, "-q"), "bare": (folder, *plain)}
        kinds |= {"Mneme, -q": (folder, *ours, "-q"), "Mneme": (folder, *ours)}
        if args.finished:
            kinds["no-op rerun"] = (args.finished, "--snakefile", str(ROOT / "Snakefile"), *args.options)
        times = {kind: [] for kind in kinds}
        for _ in range(args.repeat):
            for kind, (where, *arguments) in kinds.items():
                times[kind].append(snakemake(where, *arguments)[:2])
    print(f"{jobs} jobs, {sum(len(read) for group in same.values() for read in group.values())} edges")
    least = {kind: [min(column) for column in zip(*rows, strict=True)] for kind, rows in times.items()}
    for kind, (spent, wall) in least.items():
        print(f"{kind:12} {spent:6.2f} s ({wall:.2f} s)")
    for quiet in (", -q", ""):
        print(f"Mneme{quiet} takes {least[f'Mneme{quiet}'][0] / least[f'bare{quiet}'][0]:.2f} times the bare workflow")


if __name__ == "__main__":
    main()
