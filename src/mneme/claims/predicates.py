"""The closed vocabulary of claims: what each predicate asks of the tables of an experiment.

Every function takes the evidence and a predicate's fields and returns a :class:`Finding`. Means are over the finished
seeds. A number that is missing because a run diverged makes the claim fail, with the reason; a number that nobody
measured leaves it open (:class:`~mneme.claims.evidence.NotMeasuredError`).
"""

from collections.abc import Callable, Sequence
from typing import Any

from mneme.claims.capacity import counted, restored
from mneme.claims.compressibility import added, low_rank, truncated
from mneme.claims.evidence import Evidence, NotMeasuredError, curves, moved, sampling_error, statistic
from mneme.claims.finding import Finding
from mneme.claims.plasticity import below_linear, grows_less, mask_phases, reuse_rises, smaller
from mneme.figures.kit import scores, style


def compare(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Lower; nobody can tell where two shares differ by less than twice the error of counting images."""
    metric = scores.generative(evidence.summary, fields.metric)
    low, high, error = _pair(evidence, metric, fields, fields.statistic, fields.after)
    margins = (_margin(low, high, tolerance),)
    holds = _holds(margins, error, strictly=True)
    relation = f"{_shown(evidence, metric, fields.lower, low)}, {_shown(evidence, metric, fields.higher, high)}"
    text = f"{_named(metric, fields.statistic, fields.after)}: {relation}"
    return Finding(holds, text if holds is not None else text + _near(metric, error), margins)


def close(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Neither is better than the other by more than the tolerance."""
    metric = scores.generative(evidence.summary, fields.metric)
    mine, other = (statistic(evidence, metric, fields.statistic, method) for method in (fields.method, fields.other))
    relation = f"{_shown(evidence, metric, fields.method, mine)}, {_shown(evidence, metric, fields.other, other)}"
    margins = _both_ways(mine, other, tolerance)
    return Finding(min(margins) >= 0, f"{_named(metric, fields.statistic)}: {relation}", margins)


def along_stream(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Lower, as in ``compare``, at every checkpoint that both have, but the first, where they may still be equal."""
    metric = scores.generative(evidence.quality, fields.metric)
    rows = evidence.quality[(evidence.quality["metric"] == metric) & (evidence.quality["task"] >= 1)]
    lower, higher = (set(rows["checkpoint"][rows["method"] == name]) for name in (fields.lower, fields.higher))
    checkpoints = sorted((lower & higher or lower | higher) - {1})  # without a common one the missing one is said below
    if not checkpoints:
        raise NotMeasuredError("the stream has one task only")
    parts, answers, margins = [], [], []
    for t in checkpoints:
        low, high, error = _pair(evidence, metric, fields, "final_mean", t)
        margins.append(_margin(low, high, tolerance))
        answers.append(_holds(margins[-1:], error, strictly=True))
        near = " (too near to tell)" if answers[-1] is None else ""
        parts.append(f"after task {t}: {style.number(metric, low)} against {style.number(metric, high)}{near}")
    holds = False if False in answers else None if None in answers else True
    return Finding(holds, f"{style.metric_label(metric)}, mean over tasks seen, {'; '.join(parts)}", tuple(margins))


def _pair(evidence: Evidence, metric: str, fields: Any, name: str, after: int | None) -> tuple[float, float, float]:
    """The statistic of ``lower`` and of ``higher``, and the error of counting images in their difference."""
    places = [(evidence, metric, name, method, after) for method in (fields.lower, fields.higher)]
    low, high = (statistic(*place) for place in places)
    return low, high, sum(sampling_error(*place) ** 2 for place in places) ** 0.5


def _margin(low: float, high: float, tolerance: float) -> float:
    return high + tolerance * abs(high) - low


def _holds(margins: Sequence[float], error: float, strictly: bool = False) -> bool | None:
    """Whether all margins are 0 or more, or above 0; None where the least is within twice the error of counting."""
    least = min(margins)
    if abs(least) < 2 * error:
        return None
    return least > 0 if strictly else least >= 0


def _both_ways(found: float, target: float, tolerance: float) -> tuple[float, float]:
    """How far a number is inside the tolerance of another, from below and from above."""
    allowed = tolerance * abs(target)
    return found - target + allowed, target - found + allowed


def _near(metric: str, error: float) -> str:
    return f"; too near for so few images, standard error {style.number(metric, error)}"


def identical(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    rows = evidence.quality[(evidence.quality["method"] == fields.method) & (evidence.quality["samples_sha256"] != "")]
    cells = rows.drop_duplicates(["seed", "checkpoint", "task"])
    learned = cells[cells["checkpoint"] == cells["task"]].set_index(["seed", "task"])["samples_sha256"]
    later = cells[cells["checkpoint"] > cells["task"]]
    if not len(later):
        raise NotMeasuredError("no earlier task was sampled again")
    same = sum(row.samples_sha256 == learned.get((row.seed, row.task)) for row in later.itertuples())
    return Finding(same == len(later), f"{same} of {len(later)} later sample sets equal to the bit")


def bound(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Nobody can tell where a share is nearer to the bound than twice the error of counting images."""
    metric = scores.generative(evidence.summary, fields.metric)
    place = (evidence, metric, fields.statistic, fields.method, fields.after)
    found, error, margins = statistic(*place), sampling_error(*place), []
    text = f"{_named(metric, fields.statistic, fields.after)}: {_shown(evidence, metric, fields.method, found)}"
    if fields.above is not None:
        margins.append(found - fields.above + tolerance * abs(fields.above))
    if fields.below is not None:
        margins.append(_margin(found, fields.below, tolerance))
    holds = _holds(margins, error)
    if fields.newest_above is not None:
        place = (evidence, metric, "newest", fields.method, fields.after)
        newest, error = statistic(*place), max(error, sampling_error(*place))
        text += f", of the last task {style.number(metric, newest)}"
        margins.append(newest - fields.newest_above)
        learns = _holds(margins[-1:], sampling_error(*place), strictly=True)
        holds = False if False in (holds, learns) else None if None in (holds, learns) else True
    return Finding(holds, text if holds is not None else text + _near(metric, error), tuple(margins))


def value(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Within the tolerance of a number in print; nobody can tell as in ``bound``."""
    place = (evidence, fields.metric, fields.statistic, fields.method, fields.after)
    found, error = statistic(*place), sampling_error(*place)
    margins = _both_ways(found, fields.published, tolerance)
    shown = _shown(evidence, fields.metric, fields.method, found)
    text = f"{_named(fields.metric, fields.statistic, fields.after)}: {shown}"
    holds = _holds(margins, error)
    return Finding(holds, text if holds is not None else text + _near(fields.metric, error), margins)


def ends_lower(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Lower at the last step of every task."""
    parts, margins = [], []
    for task, lower, higher in curves(evidence, fields.lower, fields.higher):
        low, high = float(lower["mean"].iloc[-1]), float(higher["mean"].iloc[-1])
        margins.append(_margin(low, high, tolerance))
        parts.append(f"task {task}: {low:.2f} against {high:.2f}")
    holds = all(margin > 0 for margin in margins)
    return Finding(holds, f"{_curve_metric(evidence)} at the last step, {'; '.join(parts)}", tuple(margins))


def faster(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """In every task the method is at the baseline's best value in fewer steps than the baseline took.

    It has no margins: a value that is never reached has no number of steps.
    """
    parts, holds = [], True
    for task, mine, baseline in curves(evidence, fields.method, fields.baseline):
        best = baseline["mean"].min()
        needed = int(baseline["step"][baseline["mean"].idxmin()])
        reached = mine["step"][mine["mean"] <= best * (1 + tolerance)]
        holds &= bool((reached < needed).any())
        when = f"reached at step {int(reached.min())}" if len(reached) else "never reached"
        parts.append(f"task {task}: {best:.2f} {when}, against step {needed}")
    return Finding(holds, f"{_curve_metric(evidence)}, {'; '.join(parts)}")


def parameters(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    if fields.method not in evidence.parameters:
        raise NotMeasuredError("the parameters were not counted")
    counts = evidence.parameters[fields.method]
    if not counts["generator"]:
        raise NotMeasuredError("there is no base generator to compare with")
    share = counts["per_task"] / counts["generator"]
    text = f"{counts['per_task']:,} of {counts['generator']:,} parameters a task ({100 * share:.1f} %)"
    return Finding(abs(share - fields.share) <= tolerance * fields.share, text)


def moves_less(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """At equal noise and class, images of earlier tasks stay nearer to what they were."""
    mine, theirs = (moved(evidence, method) for method in (fields.method, fields.other))
    text = f"{evidence.looks.label(fields.method)} {mine:.2f}, {evidence.looks.label(fields.other)} {theirs:.2f}"
    text = f"pixels moved since the task was learned, as a share of the distance between two of its images: {text}"
    margin = _margin(mine, theirs, tolerance)
    return Finding(margin > 0, text, (margin,))


VOCABULARY = (compare, close, along_stream, identical, bound, value, ends_lower, faster, parameters, moves_less)
OF_STYLES, OF_TRANSLATORS = (added, low_rank, truncated), (counted, restored)
OF_MASKS = (grows_less, below_linear, reuse_rises, mask_phases, smaller)
PREDICATES: dict[str, Callable[[Evidence, Any, float], Finding]] = {
    function.__name__: function for function in (*VOCABULARY, *OF_STYLES, *OF_TRANSLATORS, *OF_MASKS)
}


def _curve_metric(evidence: Evidence) -> str:
    return style.metric_label(scores.generative(evidence.curve, "fid"))


def _named(metric: str, name: str, after: int | None = None) -> str:
    if after is not None:
        return f"{style.metric_label(metric)}, mean over tasks after task {after}"
    words = {"final_mean": "final mean", "earlier_mean": "final mean of the earlier tasks"}
    words["learned_mean"] = "mean over tasks, each as learned"
    words["newest"] = "last task"
    words["weaker_side"] = "the lower of the final mean of the earlier tasks and the last task"
    return f"{style.metric_label(metric)}, {words.get(name, name.replace('_', ' '))}"


def _shown(evidence: Evidence, metric: str, method: str, number: float) -> str:
    return f"{evidence.looks.label(method)} {style.number(metric, number)}"
