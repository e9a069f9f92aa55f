"""What earlier tasks have lost after every task (behind Hyper-LifelongGAN, Figure 3)."""

import pandas as pd
from matplotlib.figure import Figure

from mneme.evaluation.columns import matrix
from mneme.evaluation.forgetting import mean_forgetting
from mneme.evaluation.measures import lower_is_better
from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

METRICS = ("task_accuracy", "class_accuracy", "fid", "fid_clf", "l1")
DODGE = 0.04  # methods stand a little beside one another, so that equal ones are all seen


def lost(quality: pd.DataFrame, metric: str) -> pd.DataFrame:
    """One row a method, seed and checkpoint after the first: :func:`mneme.evaluation.forgetting.mean_forgetting` of the
    stream up to there, 0 where nothing was lost.

    A seed with a missing value among these tasks has no mean (NaN) and the status that says why.
    """
    rows = []
    for (method, seed), cells in quality[quality["metric"] == metric].groupby(["method", "seed"]):
        R = matrix(cells, "value", int(cells["checkpoint"].max()))
        for t in sorted(set(cells["checkpoint"]) - {1}):
            value = mean_forgetting(R[:t, :t], lower_is_better(metric))
            status = scores.worst(cells[(cells["checkpoint"] == t) & (cells["task"] < t)]["status"])
            rows.append({"method": method, "seed": seed, "checkpoint": t, "value": value, "status": status})
    return pd.DataFrame(rows, columns=["method", "seed", "checkpoint", "value", "status"])


def draw(context: Context, quality: pd.DataFrame) -> Drawing:
    """After every task but the first, one panel a metric, one line a method."""
    quality = quality[(quality["task"] >= 1)]
    metrics, methods = scores.measured(quality, METRICS), context.looks.ordered(quality["method"])
    figure = Figure(figsize=(1.9 + 2.7 * len(metrics), 3.2), layout="constrained")
    grid = figure.subplots(1, len(metrics) + 1, width_ratios=[*[2.7] * len(metrics), 1.6])
    parts = []
    for axes, metric in zip(grid[:-1], metrics, strict=True):
        points = scores.over_seeds(lost(quality, metric), ["method", "checkpoint"])
        axes.set_xlim(1.75, len(context.tasks) + 0.25)
        lines.curves(axes, points, "checkpoint", metric, methods, context.looks, dodge=DODGE)
        axes.axhline(0, color=style.REAL, linewidth=0.8, zorder=1)
        axes.set_xticks(range(2, len(context.tasks) + 1))
        axes.set_xlabel("After task")
        axes.set_title(f"Lost: {style.metric_label(metric)}", loc="left")
        parts.append(points.assign(metric=metric))
    lines.legend(grid[-1], methods, context.looks, real=False)
    note = notes.note(quality, context)
    style.heading(figure, f"{context.title}: forgetting along the stream", note)
    table = pd.concat(parts)[["metric", "method", "checkpoint", "mean", "std", "n", "seeds", "status"]]
    caption = notes.caption(
        "After every task, what the tasks before it have lost: the best value that each ever had less the one it has, "
        f"mean over them, of {notes.listed([style.metric_label(m) for m in metrics])}. More is worse for all; nothing "
        "is lost at zero.",
        note,
    )
    return Drawing(figure, table, caption, scores.specs(quality))
