"""What claims are asked of: the tables of one experiment, and the numbers taken out of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mneme import files
from mneme.evaluation.measures import SHARES
from mneme.figures.kit import scores
from mneme.figures.kit.drawing import Looks


class Evidence(NamedTuple):
    """The tables of one experiment, and what is no table.

    Attributes:
        parameters: method -> ``{"per_task": kept, "generator": of the base}``, and of a compressed chain ``tasks``,
            what each one added (``mneme.methods.gan_memory.counting``); of a generator that grows by masks ``tasks``
            and ``layers`` (``mneme.methods.dgm.parts``) and ``data``, bytes of all training images.
        capacity: method -> numbers of its translator, counted (``mneme.probes.capacity``); empty where images are not
            translated.
        singular, truncation: rows of the look into style sets (``mneme.probes.styles``); empty without one.
        samples: ``<method>/<seed>/<t>`` -> the file of samples after task t, equal noise at the same position.
        looks: how methods are called.
    """

    quality: pd.DataFrame
    summary: pd.DataFrame
    curve: pd.DataFrame
    parameters: Mapping[str, Mapping[str, Any]]
    singular: Sequence[Mapping[str, Any]] = ()
    truncation: Sequence[Mapping[str, Any]] = ()
    samples: Mapping[str, Path] = {}
    looks: Looks = Looks()
    capacity: Mapping[str, Mapping[str, Any]] = {}

    def seeds(self) -> list[int]:
        return sorted(set(self.quality["seed"]) | set(self.curve["seed"]))

    def of_seed(self, seed: int) -> "Evidence":
        """What this seed alone says; ``parameters`` and ``capacity`` are counted on the first."""
        frames = {name: table[table["seed"] == seed] for name, table in self._asdict().items() if name in _TABLES}
        looks = {name: [row for row in getattr(self, name) if row["seed"] == seed] for name in _ROWS}
        samples = {key: path for key, path in self.samples.items() if key.split("/")[1] == str(seed)}
        counted = self.parameters if seed == self.seeds()[0] else {}
        capacity = self.capacity if seed == self.seeds()[0] else {}
        return self._replace(**frames, **looks, samples=samples, parameters=counted, capacity=capacity)


SUMMARISED = ("forgetting", "backward_transfer")  # statistics of the summary that are no means of cells
SIDES = ("earlier_mean", "newest")
_TABLES, _ROWS = ("quality", "summary", "curve"), ("singular", "truncation")


class NotMeasuredError(Exception):
    """A number the predicate needs is not there; ``holds``: what that makes of the claim, None for not run."""

    def __init__(self, reason: str, holds: bool | None = None) -> None:
        super().__init__(reason)
        self.holds = holds


def mean(evidence: Evidence, rows: pd.DataFrame, column: str, method: str, what: str) -> float:
    """Mean over the finished rows of one method."""
    mine = rows[rows["method"] == method]
    if mine[column].notna().any():
        return float(mine[column].mean())
    raise _lacking(evidence, mine, method, f"no {what} of {evidence.looks.label(method)} was measured")


def _lacking(evidence: Evidence, rows: pd.DataFrame, method: str, reason: str) -> NotMeasuredError:
    """What to raise where a method left no number: its run failed, by the status of its rows; or else the reason."""
    status = scores.worst(rows["status"])
    if status != "ok":
        return NotMeasuredError(f"{evidence.looks.label(method)} {status}", holds=False)
    return NotMeasuredError(reason)


def cells(evidence: Evidence, metric: str, name: str, after: int | None = None) -> pd.DataFrame:
    """The rows of the quality table that a mean is taken over: ``final_mean``, of all tasks after the last;
    ``earlier_mean``, of those before it; ``newest``, of the last alone; ``learned_mean``, of each task right after it
    was learned.

    Args:
        after: this task counts as the last.
    """
    rows = evidence.quality[(evidence.quality["metric"] == metric) & (evidence.quality["task"] >= 1)]
    last = rows["checkpoint"].max() if after is None else after
    at_end = rows["checkpoint"] == last
    asked = {
        "final_mean": at_end,
        "earlier_mean": at_end & (rows["task"] < last),
        "newest": at_end & (rows["task"] == last),
        "learned_mean": rows["checkpoint"] == rows["task"],
    }
    return rows[asked[name]].assign(checkpoint=last)


def statistic(evidence: Evidence, metric: str, name: str, method: str, after: int | None = None) -> float:
    """A mean over :func:`cells`, of the seeds without a missing value among them, or another column of the summary.

    ``weaker_side`` is the lower of ``earlier_mean`` and ``newest``: a share that is high only for a method that neither
    forgets nor refuses to learn.
    """
    if name == "weaker_side":
        return min(statistic(evidence, metric, side, method, after) for side in SIDES)
    if name in SUMMARISED:
        rows = evidence.summary[evidence.summary["metric"] == metric]
        return mean(evidence, rows, name, method, f"{name} of {metric}")
    what = f"{name} of {metric}" if after is None else f"{metric} after task {after}"
    return mean(evidence, scores.along_stream(cells(evidence, metric, name, after), metric), "value", method, what)


def sampling_error(evidence: Evidence, metric: str, name: str, method: str, after: int | None = None) -> float:
    """Standard error of such a mean if it is of shares of n images, p (1 - p) / n each; 0 for other measures.

    It is what chance does in counting, and less than what chance does in training. Of translations n counts given
    images, and where each is translated several times the error is at most this.
    """
    if metric not in SHARES or name in SUMMARISED:
        return 0.0
    if name == "weaker_side":
        name = min(SIDES, key=lambda side: statistic(evidence, metric, side, method, after))
    rows = cells(evidence, metric, name, after)
    rows = rows[(rows["method"] == method) & rows["value"].notna()]
    return float((rows["value"] * (1 - rows["value"]) / rows["n"]).sum() ** 0.5 / max(1, len(rows)))


def curves(evidence: Evidence, first: str, second: str) -> list[tuple[int, pd.DataFrame, pd.DataFrame]]:
    """Per task, the two methods' curves as means over the seeds whose curve has no missing value, in order of steps."""
    rows = evidence.curve[evidence.curve["metric"] == scores.generative(evidence.curve, "fid")]
    pairs = []
    for task in sorted(set(rows["task"])):
        panel = rows[rows["task"] == task]
        whole = panel.groupby(["method", "seed"])["value"].transform(lambda values: values.notna().all())
        for method in (first, second):
            mean(evidence, panel.assign(value=panel["value"].where(whole)), "value", method, f"curve of task {task}")
        points = scores.over_seeds(panel[whole], ["method", "step"])
        pairs.append((int(task), *(points[points["method"] == m].sort_values("step") for m in (first, second))))
    if not pairs:
        raise NotMeasuredError("no curve was measured")
    return pairs


def moved(evidence: Evidence, method: str) -> float:
    """How far the images of a method's earlier tasks are, after the last one, from what the same noise and class gave
    when they were learned: the mean absolute difference of pixels, over that between two images of the task.

    0: the same images. About 1: others of their kind. Mean over seeds and earlier tasks.
    """
    keys = [key.split("/") for key in evidence.samples]
    found = []
    for seed in sorted({seed for name, seed, _ in keys if name == method}):
        last = max(int(t) for name, k, t in keys if (name, k) == (method, seed))
        after = files.load(evidence.samples[f"{method}/{seed}/{last}"])
        for task in range(1, last):
            then = files.load(evidence.samples[f"{method}/{seed}/{task}"]).get(str(task))
            now = after.get(str(task))
            if then is not None and now is not None:
                then, now = then.float(), now.float()
                found.append(((now - then).abs().mean() / (then.roll(1, 0) - then).abs().mean()).item())
    if not found:
        mine = evidence.quality[evidence.quality["method"] == method]
        raise _lacking(evidence, mine, method, f"no earlier task of {evidence.looks.label(method)} was sampled again")
    return sum(found) / len(found)
