"""What a run would do and why, and what it would take: Snakemake's dry run, grouped and priced by what ran before."""

import base64
import binascii
import json
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Any

# Jobs that share a submission stand deeper, below the name of their group.
BLOCK = re.compile(r"^( *)(?:local)?rule (\w+):\n((?:\1 {4}.*\n)+)(?:Shell command:(.*\n(?: {8}.*\n)*))?", re.MULTILINE)
MARK = re.compile(r"/mneme-\w+/changed/(\w+)")
MARKS = {
    "settings": "its settings changed",
    "code": "its code changed",
    "inputs": "it was made from other files",
    "record": "nothing says what it was made from",
}
"""What differs (``mneme.plan.changed``) -> in words."""
CAUSES = {
    "Missing output files": "not made yet",
    "Input files updated by another job": "what it reads is made again",
    "Code has changed": "the rule changed",
    "Software environment": "its environment changed",
    "Forced": "asked for",
    "Incomplete": "it was interrupted",
}

TRAINING = ("base", "train")
DRAWN = {".png": 166_000, ".pdf": 80_000, ".ipynb": 249_000}  # bytes of a figure never drawn: the demo's


@dataclass(frozen=True)
class Job:
    rule: str
    outputs: tuple[str, ...]
    reason: str
    gpu: bool
    command: str = ""  # where the dry run printed it
    inputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.command)) if "--spec" in self.command else ()

    def option(self, name: str) -> str | None:
        """What follows an option in the command."""
        return self.words[self.words.index(name) + 1] if name in self.words else None

    @property
    def mark(self) -> str | None:
        """What of it differs from the result that is there (``mneme.plan.changed``)."""
        return found[1] if (found := MARK.search(self.reason)) else None

    @cached_property
    def spec(self) -> dict[str, Any] | None:
        return json.loads(text) if (text := self.option("--spec")) else None


def jobs(text: str) -> list[Job]:
    """The jobs of a dry run's output (``--printshellcmds`` for the specs)."""
    found = []
    for _, rule, body, command in BLOCK.findall(text):
        fields = dict(re.findall(r"^ +(\w+): (.*)$", body, re.MULTILINE))
        if "output" in fields:
            gpu = bool(re.search(r"\bgpu=[1-9]", fields.get("resources", "")))
            outputs, inputs, logs = (
                tuple(filter(None, fields.get(k, "").split(", "))) for k in ("output", "input", "log")
            )
            found.append(Job(rule, outputs, fields.get("reason", ""), gpu, command.strip(), inputs, logs))
    return found


def cause(job: Job, changed: set[str]) -> str:
    """Why a job runs, in words.

    Args:
        changed: sources that changed since the last manifest and that the job would run, or its settings that did.
    """
    if job.mark:
        names = sorted(changed)
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        if job.mark == "code" and names:
            return f"{shown} changed"
        return MARKS[job.mark] + (f": {shown}" if names else "")
    return next((words for start, words in CAUSES.items() if start in job.reason), job.reason or "unknown")


@dataclass(frozen=True)
class Record:
    """One output that was made before; ``work``: of the training job that made it (:func:`work`)."""

    rule: str
    output: str
    seconds: float
    bytes: int
    work: float | None = None


def work(spec: Mapping[str, Any] | None) -> float | None:
    """Pixels that a training job sends through its networks: steps x images a step x pixels; None of other jobs."""
    if not spec or "batch" not in spec.get("settings", {}) or "steps" not in spec:
        return None
    return float(spec["steps"] * spec["settings"]["batch"] * spec["size"] ** 2)


def records(folder: Path, root: Path = Path()) -> list[Record]:
    """Snakemake's own records of finished jobs (``.snakemake/metadata``), of every rule, with the outputs' sizes."""
    found = []
    for path in folder.rglob("*"):
        try:
            name = base64.urlsafe_b64decode("".join(path.relative_to(folder).parts).replace("@", "")).decode()
            record = json.loads(path.read_text(encoding="utf-8"))
            seconds = record["endtime"] - record["starttime"]
        except (OSError, ValueError, KeyError, TypeError, binascii.Error):
            continue
        size = (root / name).stat().st_size if (root / name).is_file() else 0
        spec = None
        if record["rule"] in TRAINING:
            with suppress(OSError, ValueError, KeyError):
                spec = json.loads((root / name).with_name("train.lineage.json").read_text(encoding="utf-8"))["spec"]
        found.append(Record(record["rule"], name, seconds, size, work(spec)))
    return found


def tier_of(path: str) -> str:
    """``<tier>`` of ``results/<tier>/...``; empty of other files, which all tiers share."""
    parts = Path(path).parts
    return parts[1] if len(parts) > 2 and parts[0] == "results" else ""


def method_of(path: str) -> str:
    """The folder of the method in ``results/<tier>/<stream>/<method>/seed<k>/...``, or ``""``."""
    found = re.search(r"/([^/]+)/seed\d+/", path)
    return found[1] if found else ""


def price(job: Job, before: Iterable[Record], predicted: Mapping[str, int] | None = None) -> tuple[float | None, int]:
    """Seconds (None: nothing like it ever ran) and bytes of a job: its own last time, or the mean of its like.

    Its like are the jobs of the same rule and method, else of the same rule; of the same tier, for settings of others
    tell nothing, but for jobs that train: their times are scaled by steps, images, pixels and the bytes of their
    checkpoint, which stand for the cost of a pixel.

    Args:
        predicted: bytes by output, told from the job's spec; they go before what was written with other settings.
    """
    predicted = predicted or {}
    alike = [record for record in before if record.rule == job.rule]
    near = [record for record in alike if method_of(record.output) == method_of(job.outputs[0])] or alike
    checkpoint = next((path for path in job.outputs if Path(path).name == "checkpoint.pt"), None)
    weights = {tier_of(record.output): record.bytes for record in near if Path(record.output).name == "checkpoint.pt"}

    def seconds(record: Record) -> float | None:
        same = tier_of(record.output) == tier_of(job.outputs[0])
        mine, other = work(job.spec), record.work
        if mine is None or other is None:
            return record.seconds if same else None
        if same:
            return record.seconds * mine / other
        before, now = weights.get(tier_of(record.output)), predicted.get(checkpoint or "")
        return record.seconds * mine / other * now / before if before and now else None

    own = [record for record in near if record.output in job.outputs]
    sizes: dict[str, list[int]] = defaultdict(list)
    for record in near:
        sizes[Path(record.output).name].append(record.bytes)
    known = {record.output: record.bytes for record in own}

    def size(name: str) -> int:
        if name in predicted or name in known:
            return predicted.get(name, known.get(name, 0))
        like = sizes.get(Path(name).name)
        return round(mean(like)) if like else DRAWN.get(Path(name).suffix, 0)

    spent = [one for record in own or near if (one := seconds(record)) is not None]
    return (mean(spent) if spent else None), sum(map(size, job.outputs))


def report(
    planned: list[Job],
    before: list[Record],
    changed: Callable[[Job], set[str]],
    predict: Callable[[Job], Mapping[str, int]] = lambda job: {},
    budget: float | None = None,
) -> str:
    """The plan as text: jobs grouped by rule and cause, then what they take together.

    Args:
        budget: seconds of jobs that all may take; where they take more, steps that fit are proposed.
    """
    if not planned:
        return "Nothing to be done: all results are those of this config and this code."
    groups = Counter((cause(job, changed(job)), job.rule) for job in planned)
    lines = [f"{len(planned)} job{'s' if len(planned) > 1 else ''}:"]
    for reason in dict.fromkeys(reason for reason, _ in groups):
        parts = ", ".join(f"{count} {rule}" for (why, rule), count in groups.items() if why == reason)
        lines.append(f"  {parts}: {reason}")
    by_rule = defaultdict(list)
    for record in before:
        by_rule[record.rule].append(record)
    prices = [(job, *price(job, by_rule[job.rule], predict(job))) for job in planned]
    seconds = sum(spent for _, spent, _ in prices if spent)
    gpu = sum(spent for job, spent, _ in prices if spent and job.gpu)
    size = sum(size for _, _, size in prices)
    lines.append(f"forecast: {hours(seconds)} of jobs, {gpu / 3600:.2f} GPU-hours, {size / 1e6:,.1f} MB of results")
    if unknown := Counter(job.rule for job, spent, _ in prices if spent is None):
        parts = ", ".join(f"{count} {rule}" for rule, count in unknown.items())
        lines.append(f"time not in the forecast, for none ever ran at this size: {parts}")
    if untold := Counter(job.rule for job, _, size in prices if not size):
        parts = ", ".join(f"{count} {rule}" for rule, count in untold.items())
        lines.append(f"disk not in the forecast, for none ever ran and their settings do not tell: {parts}")
    if budget is not None:
        lines.append(
            "no steps can be proposed for the budget, as long as jobs are not in the forecast"
            if unknown
            else fitting({job: spent for job, spent, _ in prices if spent}, budget)
        )
    return "\n".join(lines)


def fitting(spent: Mapping[Job, float], budget: float) -> str:
    """Steps with which all jobs take a budget of seconds, as an overlay for a config file: those of all tasks times one
    factor; the base GAN keeps its own."""
    training = {job: seconds for job, seconds in spent.items() if job.rule == "train" and job.spec}
    rest, total = sum(spent.values()) - sum(training.values()), sum(spent.values())
    if total <= budget:
        return f"this fits the budget of {hours(budget)}"
    if rest >= budget or not training:
        return f"no steps fit the budget of {hours(budget)}: what is not training takes {hours(rest)}"
    factor = (budget - rest) / sum(training.values())
    steps: dict[str, dict[str, int]] = defaultdict(dict)
    for job in training:
        method = job.spec["module"].rpartition(".")[2]
        steps[job.spec["stream"], tier_of(job.outputs[0])][method] = max(1, int(job.spec["settings"]["steps"] * factor))
    lines = [f"{100 * factor:.3g} % of the steps fit the budget of {hours(budget)}; in a file for --configfile:"]
    lines += ["  catalogue:", "    streams:"]
    for (stream, tier), methods in steps.items():
        each = ", ".join(f"{method}: {{steps: {count}}}" for method, count in methods.items())
        lines.append(f"      {stream}: {{tiers: {{{tier}: {{{each}}}}}}}")
    return "\n".join(lines)


def hours(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
