"""What claims are asked of: the tables of one experiment, and the numbers taken out of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mneme import files
from mneme.figures import style, tables


class Evidence(NamedTuple):
    """The tables of one experiment, and what is no table.

    Attributes:
        parameters: method -> ``{"per_task": kept, "generator": of the base}``, and of a compressed chain ``tasks``,
            what each one added (``mneme.evaluation.compression``).
        singular, truncation: rows of the look into style sets (``mneme.evaluation.restyle``); empty without one.
        samples: ``<method>/<seed>/<t>`` -> the file of samples after task t, equal noise in the same place.

    ``quality`` holds the solvers' test accuracies too, each solver as a method.
    """

    quality: pd.DataFrame
    summary: pd.DataFrame
    curve: pd.DataFrame
    parameters: Mapping[str, Mapping[str, Any]]
    singular: Sequence[Mapping[str, Any]] = ()
    truncation: Sequence[Mapping[str, Any]] = ()
    samples: Mapping[str, Path] = {}

    def seeds(self) -> list[int]:
        return sorted(set(self.quality["seed"]) | set(self.curve["seed"]))

    def of_seed(self, seed: int) -> "Evidence":
        """What this seed alone says; ``parameters`` are the same for all."""
        frames = {name: table[table["seed"] == seed] for name, table in self._asdict().items() if name in _TABLES}
        looks = {name: [row for row in getattr(self, name) if row["seed"] == seed] for name in _LOOKS}
        samples = {place: path for place, path in self.samples.items() if place.split("/")[1] == str(seed)}
        return self._replace(**frames, **looks, samples=samples)


_TABLES, _LOOKS = ("quality", "summary", "curve"), ("singular", "truncation")


class NotMeasuredError(Exception):
    """A number the predicate needs is not there; ``holds`` is what that makes of the claim."""

    def __init__(self, reason: str, holds: bool | None) -> None:
        super().__init__(reason)
        self.holds = holds


def mean(rows: pd.DataFrame, column: str, method: str, what: str) -> float:
    """Mean over the finished rows of one method."""
    mine = rows[rows["method"] == method]
    if mine[column].notna().any():
        return float(mine[column].mean())
    status = tables.worst(mine["status"])
    if status != "ok":
        raise NotMeasuredError(f"{style.label(method)} {status}", False)
    raise NotMeasuredError(f"no {what} of {style.label(method)} was measured", None)


def statistic(evidence: Evidence, metric: str, name: str, method: str, after: int | None = None) -> float:
    """A column of the summary, or one of two means: ``earlier_mean``, over tasks before the last, after the last;
    ``learned_mean``, over all tasks, each right after it was learned.

    Args:
        after: the mean over all tasks seen so far, after this one instead of the last.
    """
    if after is not None:
        rows = tables.along_stream(evidence.quality[evidence.quality["task"] >= 1], metric)
        return mean(rows[rows["checkpoint"] == after], "value", method, f"{metric} after task {after}")
    if name not in ("earlier_mean", "learned_mean"):
        rows = evidence.summary[evidence.summary["metric"] == metric]
        return mean(rows, name, method, f"{name} of {metric}")
    rows = evidence.quality[(evidence.quality["metric"] == metric) & (evidence.quality["task"] >= 1)]
    if name == "learned_mean":
        return mean(rows[rows["checkpoint"] == rows["task"]], "value", method, f"{metric} right after learning")
    last = rows["checkpoint"].max()
    return mean(rows[(rows["checkpoint"] == last) & (rows["task"] < last)], "value", method, f"earlier {metric}")


def curves(evidence: Evidence, first: str, second: str) -> list[tuple[int, pd.DataFrame, pd.DataFrame]]:
    """Per task, the two methods' curves as means over seeds, in order of steps."""
    rows = evidence.curve[evidence.curve["metric"] == tables.generative(evidence.curve, "fid")]
    points = tables.over_seeds(rows, ["method", "task", "step"])
    pairs = []
    for task in sorted(set(points["task"])):
        panel = points[points["task"] == task]
        for method in (first, second):
            mean(panel, "mean", method, f"curve of task {task}")
        curves = [panel[(panel["method"] == m) & panel["mean"].notna()].sort_values("step") for m in (first, second)]
        pairs.append((int(task), *curves))
    if not pairs:
        raise NotMeasuredError("no curve was measured", None)
    return pairs


def moved(evidence: Evidence, method: str) -> float:
    """How far the images of a method's earlier tasks are, after the last one, from what the same noise and class gave
    when they were learned: the mean absolute difference of pixels, over that between two images of the task.

    0: the same images. About 1: others of their kind. Mean over seeds and earlier tasks.
    """
    places = [place.split("/") for place in evidence.samples]
    found = []
    for seed in sorted({seed for name, seed, _ in places if name == method}):
        last = max(int(t) for name, k, t in places if (name, k) == (method, seed))
        after = files.load(evidence.samples[f"{method}/{seed}/{last}"])
        for task in range(1, last):
            then = files.load(evidence.samples[f"{method}/{seed}/{task}"]).get(str(task))
            now = after.get(str(task))
            if then is not None and now is not None:
                then, now = then.float(), now.float()
                found.append(((now - then).abs().mean() / (then.roll(1, 0) - then).abs().mean()).item())
    if not found:
        raise NotMeasuredError(f"no earlier task of {style.label(method)} was sampled again", None)
    return sum(found) / len(found)
