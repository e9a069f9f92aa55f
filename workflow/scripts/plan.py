"""Say what `snakemake` with the same arguments would run, why, and what it would take; runs nothing.

python workflow/scripts/plan.py --config tier=demo

With --commands it writes the jobs as a makefile instead, for a machine without Snakemake:

python workflow/scripts/plan.py --commands > jobs.mk
benchmarks/gpu.sh jobs.mk 4

With --budget 2h it also proposes steps with which all jobs together take no longer.

With --leftovers it lists what killed jobs have left that no job goes on from, and how to remove it.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

import mneme.stop  # noqa: F401 (from here on)
from mneme.catalogue.plain_yaml import read_mapping
from mneme.errors import UserError, run
from mneme.files import read_json
from mneme.lineage import SUFFIX
from mneme.operations import commands, forecast
from mneme.operations.leftovers import leftovers, said
from mneme.operations.manifest import sources
from mneme.plan.changed import differences
from mneme.plan.code import closure
from mneme.spec import spec_hash


def main() -> None:
    if {"-h", "--help"} & set(sys.argv[1:]):
        print(__doc__)
        return
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("--budget", type=seconds)
    parser.add_argument("--leftovers", action="store_true")
    own, words = parser.parse_known_args()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), *words]
    command += ["--dry-run", "--printshellcmds"]
    found = subprocess.run(command, capture_output=True, encoding="utf-8")
    if found.returncode:
        raise UserError("\n".join(line for line in (found.stdout + found.stderr).splitlines()[-5:] if line))
    planned = forecast.jobs(found.stdout + found.stderr)
    if own.commands:
        print(commands.makefile(planned), end="")
        return
    left = leftovers(planned)
    if own.leftovers:
        print(left)
        return
    before = forecast.records(Path(".snakemake/metadata"))
    print(forecast.report(planned, before, changes(), predictor(planned) if planned else dict, own.budget))
    if left.stale:
        print(f"left over: {said(left.stale)}, that no job goes on from; --leftovers lists them")


def seconds(text: str) -> float:
    """``90s``, ``45m``, ``2h`` or ``1.5d`` in seconds."""
    try:
        return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1:]]
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write it as 90s, 45m, 2h or 1.5d") from None


def predictor(planned: list[forecast.Job]) -> Callable[[forecast.Job], dict[str, int]]:
    """Bytes of a job's outputs, told from its spec."""
    for word in (job.words[0] for job in planned if job.words):
        if word.startswith("MNEME_METHODS="):  # methods outside the checkout, for these networks too
            os.environ["MNEME_METHODS"] = word.partition("=")[2]
    from mneme.operations.sizes import Sizes  # torch, for a plan that has something to do

    specs = {spec_hash(job.spec): job.spec for job in planned if job.spec}
    made = {
        job.spec[name]: Path(path)
        for job in planned
        if job.rule in ("base", "train")
        for name in ("base", "previous")
        if (path := job.option(f"--{name}"))
    }
    datasets = read_mapping(ROOT / "config/datasets.yaml").items()
    counted = {name: entry for name, entry in datasets if "images" in entry}
    images = {name: (entry["images"], len(entry.get("classes", [name]))) for name, entry in counted.items()}
    sizes = Sizes(specs, made, images)

    def predict(job: forecast.Job) -> dict[str, int]:
        size = job.option("--bytes")
        files = {"": int(size)} if size else sizes.of(job.spec) if job.spec else {}
        results = [path for path in job.outputs if not path.endswith(SUFFIX)]
        known = ((path, files.get(Path(path).name, files.get(""))) for path in results)
        return {path: size for path, size in known if size is not None}

    return predict


def changes() -> Callable[[forecast.Job], set[str]]:
    """What changed of a job: its settings, or of the sources that it would run those that the last manifest has not."""
    manifests = sorted(Path("results").glob("*/manifest.json"), key=os.path.getmtime)
    old, new = read_json(manifests[-1]).get("sources", {}) if manifests else {}, sources(ROOT)
    differ = {name for name in new if old and old.get(name) != new[name]}

    @cache
    def used(*entries: Path) -> set[str]:
        return {str(path.relative_to(ROOT)) for path in closure(filter(Path.exists, entries), ROOT / "src")}

    def changed(job: forecast.Job) -> set[str]:
        spec = job.spec or {}
        if job.mark == "settings":
            record = next(path for path in job.outputs if path.endswith(SUFFIX))
            return set(differences(Path(record), spec))
        modules = [one["module"] for one in (spec, spec.get("chain") or {}) if "module" in one]
        modules += [*spec.get("modules", {}).values(), f"mneme.data.formats.{spec.get('format')}"]
        entries = [ROOT / "src" / f"{name.replace('.', '/')}.py" for name in modules]
        entries += [ROOT / f"workflow/scripts/{spec.get('job')}.py", ROOT / f"notebooks/{spec.get('artefact')}.ipynb"]
        return differ & used(*entries) if job.mark == "code" else set()

    return changed


if __name__ == "__main__":
    run(main)
