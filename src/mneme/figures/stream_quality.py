"""Quality along the stream (GAN Memory, Figure 6 left)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mneme.figures import lines, style, tables, words
from mneme.figures.artefact import Drawing

METRICS = ("fid", "fid_clf", "task_accuracy")
DODGE = 0.04  # methods stand a little beside one another, so that equal ones are all seen


@style.themed
def draw(quality: pd.DataFrame, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str) -> Drawing:
    """After every task, the mean over all tasks seen so far: one panel per metric, one line per method."""
    quality = quality[(quality["task"] >= 1) & (quality["method"] != "base")]
    metrics, methods = tables.measured(quality, METRICS), style.ordered(quality["method"])
    figure = Figure(figsize=(1.9 + 2.9 * len(metrics), 3.4), layout="constrained")
    grid = figure.subplots(1, len(metrics) + 1, width_ratios=[*[2.9] * len(metrics), 1.6])
    parts = []
    for axes, metric in zip(grid[:-1], metrics, strict=True):
        per_seed = tables.along_stream(quality, metric)
        points = tables.over_seeds(per_seed, ["method", "checkpoint"])
        floor = points.groupby("checkpoint", sort=True)["real"].mean()
        axes.set_xlim(0.75, len(tasks) + 0.25)
        row = 0
        for place, method in enumerate(methods):
            mine = points[points["method"] == method].reset_index(drop=True)
            mine["checkpoint"] += DODGE * (place - (len(methods) - 1) / 2)
            lines.curve(axes, mine, "checkpoint", method, methods, metric)
            lines.holes(axes, mine, "checkpoint", method, methods, metric, row)
            row += int((mine["n"] == 0).any())
        lines.real_line(axes, floor.index.to_series(), floor, metric)
        lines.value_axis(axes, metric, pd.concat([points["mean"], floor]), room=row)
        _ticks(axes, tables.names(tasks))
        axes.set_title(style.metric_label(metric, unit=False), loc="left")
        axes.set_xlabel("After task")
        parts.append(points.assign(metric=metric))
    lines.legend(grid[-1], methods, columns=1)
    style.heading(figure, f"{title}: mean over the tasks seen", words.note(quality, tier, experiment))
    table = pd.concat(parts)[["metric", "method", "checkpoint", "mean", "std", "n", "seeds", "status", "real"]]
    caption = words.caption(
        f"{words.listed([style.metric_label(m) for m in metrics])} along the stream: after every task the mean over "
        "all tasks seen so far, per method. The dashed line is the same measure between two sets of real images.",
        "A hollow marker stands for fewer finished seeds than planned, a cross for none."
        if (table["n"] < table["seeds"]).any()
        else "",
        words.note(quality, tier, experiment),
    )
    return Drawing(figure, table, caption, tables.specs(quality))


def _ticks(axes: Axes, names: dict[int, str]) -> None:
    """Tasks by number and name, slanted where they would run into one another; by number where they are many."""
    if len(names) > 12:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    elif len(names) <= 4:
        axes.set_xticks(list(names), [f"{i}\n{name}" for i, name in names.items()])
    else:
        labels = [f"{i}: {name}" for i, name in names.items()]
        axes.set_xticks(list(names), labels, rotation=40, ha="right", rotation_mode="anchor")
