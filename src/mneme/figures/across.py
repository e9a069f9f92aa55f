"""One table of all methods of a stream, across papers: both accuracies, what is forgotten, and what it costs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mneme import files
from mneme.figures import cost
from mneme.figures.kit import notes, scores, style, table
from mneme.figures.kit.drawing import REPLAY, Context, Drawing

GENERATED, TESTED = "Generated images: accuracy (%)", "Real test images: accuracy (%)"
REAL, COSTS = "Distance", "Cost"


class Column(NamedTuple):
    """A column: its group and head, the metric, and the statistic over the stream that is shown of it.

    ``replayed``: of the classifier that replays the method's samples, and not of the method itself.
    """

    group: str
    head: str
    metric: str
    statistic: str
    replayed: bool = False


def columns(generated: str, distance: str) -> list[Column]:
    """All measured columns; ``generated`` is the metric that says the accuracy of generated images."""
    later = {"average": "average", "forgetting": "forgetting", "backward_transfer": "BWT"}
    images, own = {"final_mean": "after the last", **later}, {"final_mean": "own: after the last", **later}
    found = [Column(GENERATED, head, generated, name) for name, head in images.items()]
    found += [Column(TESTED, head, "test_accuracy", name) for name, head in own.items()]
    found += [Column(TESTED, "common solver", "test_accuracy", "final_mean", replayed=True)]
    found += [Column(TESTED, "reverse", "reverse_accuracy", "final_mean")]
    return [*found, Column(REAL, style.metric_label(distance, arrow=True), distance, "final_mean")]


def draw(
    context: Context,
    quality: pd.DataFrame,
    summary: pd.DataFrame,
    storage: str | Path,
    timings: Mapping[str, Mapping[Any, Mapping[Any, str]]],
    extra: Sequence[tuple[str, str]],
) -> Drawing:
    """One row a method, mean ± std over seeds; classifiers below the generators, and the bounds above all.

    Args:
        storage: ``storage.json`` of the experiment.
        timings: method -> seed -> task -> timing of its training.
        extra: methods, and the images that they have seen beside the stream's.
    """
    quality = quality[quality["task"] >= 1]
    one_class = all(len(task["labels"]) == 1 for task in context.tasks)
    generated = "task_accuracy" if one_class else "class_accuracy"  # equal where a task is a class
    shown = columns(generated, scores.generative(quality, "fid"))
    found = statistics(quality, summary, len(context.tasks))
    spent = costs(files.read_json(Path(storage)), timings)
    known = {(row.method, row.metric, row.statistic): row for row in found.itertuples()}
    shown = [one for one in shown if any(key[1:] == (one.metric, one.statistic) for key in known)]
    methods = [m for m in context.looks.ordered(spent) if not m.startswith(REPLAY)]
    images = set(quality["method"][quality["metric"] == generated])
    bounds = [m for m in methods if m in context.looks.bounds()]
    generators = [m for m in methods if m in images and m not in bounds]
    rows = []
    for block in (bounds, generators, [m for m in methods if m not in (*bounds, *generators)]):
        for place, method in enumerate(block):
            cells = [
                table.cell(known.get((f"{REPLAY}{method}" if c.replayed else method, c.metric, c.statistic)))
                for c in shown
            ]
            price = [table.Cell(text) for text in spent[method].printed()]
            cells += [*price, table.Cell(dict(extra).get(method, table.NONE).replace("_", " "))]
            look = context.looks.of(method, methods)
            rows.append(table.Row(context.looks.label(method), cells, look, ruled=bool(rows) and place == 0))
    real = [table.Cell(real_value(quality, c, len(context.tasks))) for c in shown]
    rows.append(table.Row("Real images", [*real, *[table.Cell("")] * 4], muted=True, ruled=True))
    heads = [(one.group, one.head) for one in shown]
    heads += [(COSTS, head) for head in ("MB", "s a task", "real images kept", "extra data seen")]
    made = table.Table(heads, rows)
    note = notes.note(quality[~quality["method"].str.startswith(REPLAY)], context)
    caption = notes.caption(
        "Accuracy of generated images: a classifier of real images sees the class that was asked for. Accuracy on real "
        "test images, among all classes of the tasks so far: of the method's own classifier; of one common solver, a "
        "classifier that learns the same stream and replays the method's samples for all earlier tasks; reverse, of a "
        "classifier that learned from samples alone after the last task. Average: of the means over the tasks seen, "
        "after each task (average incremental accuracy). Forgetting: the best earlier value minus the last, mean over "
        "tasks; BWT, backward transfer: the last value minus that as learned. FID_clf: Fréchet distance in the "
        "evaluator's features. MB: checkpoint files after the last task and the frozen base GAN where there is one, "
        "first seed. Seconds a task: all steps at the pace of the fastest tenth. Last row: real images, measured like "
        "samples. A dash: the method gives no such thing, or was not asked.",
        note,
    )
    figure = table.figure(made, f"{context.title}: one table", note)
    kept = [(c.metric, c.statistic) for c in shown]
    numbers = found[[pair in kept for pair in zip(found["metric"], found["statistic"], strict=True)]]
    priced = pd.DataFrame([{"method": m, "metric": k, "mean": v, "seeds": 1, "n": 1, "status": "ok"}
                           for m in methods for k, v in spent[m]._asdict().items()])  # fmt: skip
    order = ["method", "metric", "statistic", "mean", "std", "n", "seeds", "status"]
    tidy = pd.concat([numbers, priced], ignore_index=True)[order]
    return Drawing(figure, tidy, caption, scores.specs(quality), made.frame())


def statistics(quality: pd.DataFrame, summary: pd.DataFrame, last: int) -> pd.DataFrame:
    """Tidy: one row a method, metric and statistic, over seeds.

    ``average`` is the mean over all checkpoints of the mean over the tasks seen (average incremental accuracy: Rebuffi
    et al., CVPR 2017); it and what is lost on the way are left out where a method was not measured after every task.
    """
    checkpoints = quality.groupby(["method", "metric"])["checkpoint"].nunique()
    whole = {key for key, count in checkpoints.items() if count == last}
    along = pd.concat([scores.along_stream(quality, m).assign(metric=m) for m in quality["metric"].unique()])
    mean = {"value": ("value", lambda values: values.mean(skipna=False)), "status": ("status", scores.worst)}
    average = along.groupby(["method", "seed", "metric"], sort=True).agg(**mean).reset_index()
    parts = [scores.over_seeds(average, ["method", "metric"]).assign(statistic="average")]
    for name in ("final_mean", "forgetting", "backward_transfer"):
        parts.append(scores.over_seeds(summary, ["method", "metric"], name).assign(statistic=name))
    found = pd.concat(parts, ignore_index=True)
    keys = zip(found["method"], found["metric"], found["statistic"], strict=True)
    return found[[name == "final_mean" or (method, metric) in whole for method, metric, name in keys]]


def real_value(quality: pd.DataFrame, column: Column, last: int) -> str:
    """The mean value of real images after the last task, in print; empty where it was not measured."""
    rows = quality[(quality["metric"] == column.metric) & (quality["checkpoint"] == last) & quality["real"].notna()]
    wanted = column.statistic == "final_mean" and not column.replayed and len(rows)
    return style.number(column.metric, rows["real"].mean()) if wanted else ""


class Cost(NamedTuple):
    """Bytes after the last task, seconds a task (NaN where no timing is left), real images kept of past tasks."""

    bytes: int
    seconds: float
    real: int

    def printed(self) -> list[str]:
        seconds = table.NONE if pd.isna(self.seconds) else f"{self.seconds:.1f}"
        return [f"{self.bytes / 1e6:.2f}", seconds, str(self.real) if self.real else table.NONE]


def costs(storage: list[dict[str, Any]], timings: Mapping[str, Mapping[Any, Mapping[Any, str]]]) -> dict[str, Cost]:
    """What each method costs: of its last task in ``storage``, and the mean of all timed tasks."""
    kept = pd.DataFrame(storage).sort_values("task").groupby("method").last()
    timed = cost.read(timings)
    seconds = (timed["steps"] * timed["seconds"]).groupby(timed["method"]).mean()
    return {
        method: Cost(int(row["bytes"] + row["base"]), float(seconds.get(method, float("nan"))), int(row["real"]))
        for method, row in kept.iterrows()
    }
