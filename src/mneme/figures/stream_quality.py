"""Quality along the stream (GAN Memory, Figure 6 left)."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mneme.evaluation.measures import HEADLINE
from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

DODGE = 0.04  # methods stand a little beside one another, so that equal ones are all seen


def draw(context: Context, quality: pd.DataFrame) -> Drawing:
    """After every task, the mean over all tasks seen so far: one panel per metric, one line per method."""
    quality = quality[(quality["task"] >= 1)]
    metrics, methods = scores.measured(quality, HEADLINE), context.looks.ordered(quality["method"])
    figure = Figure(figsize=(1.9 + 2.9 * len(metrics), 3.4), layout="constrained")
    grid = figure.subplots(1, len(metrics) + 1, width_ratios=[*[2.9] * len(metrics), 1.6])
    parts = []
    for axes, metric in zip(grid[:-1], metrics, strict=True):
        per_seed = scores.along_stream(quality, metric)
        points = scores.over_seeds(per_seed, ["method", "checkpoint"])
        real = points.groupby("checkpoint", sort=True)["real"].mean()
        axes.set_xlim(0.75, len(context.tasks) + 0.25)
        room = lines.curves(axes, points, "checkpoint", metric, methods, context.looks, dodge=DODGE)
        axes.plot(real.index, real * style.scale(metric), **lines.REAL_LINE)
        lines.value_axis(axes, metric, pd.concat([points["mean"], real]), room=room)
        _ticks(axes, context.names)
        axes.set_title(style.metric_label(metric, unit=False), loc="left")
        axes.set_xlabel("After task")
        parts.append(points.assign(metric=metric))
    table = pd.concat(parts)[["metric", "method", "checkpoint", "mean", "std", "n", "seeds", "status", "real"]]
    lines.legend(grid[-1], methods, context.looks, real=table["real"].notna().any())
    style.heading(figure, f"{context.title}: mean over the tasks seen", notes.note(quality, context))
    caption = notes.caption(
        f"{notes.listed([style.metric_label(m) for m in metrics])} along the stream: after every task the mean over "
        "all tasks seen so far, per method.",
        notes.baseline(table),
        "A hollow marker stands for fewer finished seeds than planned, a cross for none."
        if (table["n"] < table["seeds"]).any()
        else "",
        notes.note(quality, context),
    )
    return Drawing(figure, table, caption, scores.specs(quality))


def _ticks(axes: Axes, names: dict[int, str]) -> None:
    """Tasks by number and name, slanted where they would run into one another; by number where they are many."""
    if len(names) > 12:
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    elif len(names) <= 4:
        axes.set_xticks(list(names), [f"{i}\n{name}" for i, name in names.items()])
    else:
        labels = [f"{i}: {name}" for i, name in names.items()]
        axes.set_xticks(list(names), labels, rotation=40, ha="right", rotation_mode="anchor")
