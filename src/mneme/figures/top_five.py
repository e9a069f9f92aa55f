"""Accuracy along the stream with and without real samples, between its bounds (DGM, Figure 2)."""

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing
from mneme.figures.real_samples import learned

METRICS = {"test_accuracy_top5": 5, "test_accuracy": 1}


def draw(context: Context, quality: pd.DataFrame) -> Drawing:
    """Top-5 and top-1 accuracy against the number of classes learned, a line a method; dashed, chance."""
    quality = quality[(quality["task"] >= 1) & quality["metric"].isin(METRICS)]
    metrics, methods = scores.measured(quality, [*METRICS]), context.looks.ordered(quality["method"])
    classes = learned(context)
    figure = Figure(figsize=(2.3 + 3.1 * len(metrics), 3.6), layout="constrained")
    *panels, side = figure.subplots(1, len(metrics) + 1, width_ratios=[*[3.1] * len(metrics), 2.0])
    parts = []
    for axes, metric in zip(panels, metrics, strict=True):
        points = scores.over_seeds(scores.along_stream(quality, metric), ["method", "checkpoint"])
        points["classes"] = points["checkpoint"].map(classes)
        points["chance"] = [min(1.0, METRICS[metric] / count) for count in points["classes"]]
        room = lines.curves(axes, points, "classes", metric, methods, context.looks)
        chance = points.drop_duplicates("classes").sort_values("classes")
        axes.plot(chance["classes"], 100 * chance["chance"], **lines.REAL_LINE)
        lines.value_axis(axes, metric, points["mean"], room=room)
        axes.set_xticks(sorted(classes.values()))
        axes.set_title(style.metric_label(metric, unit=False), loc="left")
        axes.set_xlabel("Classes learned")
        parts.append(points.assign(metric=metric))
    lines.legend(side, methods, context.looks, real=False)
    note = notes.note(quality, context, f"{notes.span(quality)} real test images a task; dashed: chance")
    style.heading(figure, f"{context.title}: accuracy along the stream", note)
    caption = notes.caption(
        "Accuracy on real test images of the tasks learned, among all classes learned; top 5: the class is among the "
        "five likeliest. A solver that replays generated images, with a share r of real samples or K of them in all; "
        "above, the bound that has all real images; below, the same solver without replays.",
        note,
    )
    columns = ["metric", "method", "checkpoint", "classes", "mean", "std", "n", "seeds", "status", "chance"]
    return Drawing(figure, pd.concat(parts)[columns], caption, scores.specs(quality))
