"""What a run would do and why, and what it would take: planned jobs, grouped and priced."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from mneme.operations.dry_run import TRAINING, Job
from mneme.operations.pricing import Record, price, tier_of

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
    prices = [(job, price(job, by_rule[job.rule], predict(job))) for job in planned]
    spent = {job: told.seconds for job, told in prices if told.seconds is not None}
    gpu = sum(seconds for job, seconds in spent.items() if job.gpu)
    size = sum(told.bytes for _, told in prices)
    lines.append(
        f"forecast: {hours(sum(spent.values()))} of jobs, {gpu / 3600:.2f} GPU-hours, {size / 1e6:,.1f} MB of results"
    )
    if scaled := Counter(job.rule for job, told in prices if told.scaled):
        lines.append(f"time scaled from another tier, good to a factor of four: {_listed(scaled)}")
    unknown = Counter(job.rule for job, told in prices if told.seconds is None)
    if unknown:
        lines.append(f"time not in the forecast, for none ever ran at this size: {_listed(unknown)}")
    if untold := Counter(job.rule for job, told in prices if not told.bytes):
        lines.append(f"disk not in the forecast, for none ever ran and their settings do not tell: {_listed(untold)}")
    if budget is not None and unknown.keys() & TRAINING:
        lines.append("no steps can be proposed for the budget, as long as no time is known of jobs that train")
    elif budget is not None:
        without = "without the jobs whose time is not in the forecast, " if unknown else ""
        lines.append(without + fitting(spent, budget))
    return "\n".join(lines)


def _listed(rules: Counter[str]) -> str:
    return ", ".join(f"{count} {rule}" for rule, count in rules.items())


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
