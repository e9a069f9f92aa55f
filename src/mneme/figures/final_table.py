"""Accuracy, reverse accuracy and FID after the last task, beside the published numbers (MeRGAN)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mneme.figures.kit import beside, notes, scores, style, table
from mneme.figures.kit.drawing import Context, Drawing

METRICS = ("class_accuracy", "reverse_accuracy", "fid", "fid_clf")


def draw(context: Context, quality: pd.DataFrame, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """One row a method: mean over tasks after the last one, mean ± std over seeds; what real images reach below."""
    last = len(context.tasks)
    quality = quality[(quality["task"] >= 1) & (quality["checkpoint"] == last)]
    metrics = scores.measured(quality, METRICS)
    parts = [scores.over_seeds(scores.along_stream(quality, m), ["method"]).assign(metric=m) for m in metrics]
    points = pd.concat(parts, ignore_index=True)
    points["published"] = beside.numbers(points, published, after=[last] * len(points))
    groups = {style.metric_label(m, arrow=True): points[points["metric"] == m] for m in metrics}
    reached = [table.Cell(style.number(m, points["real"][points["metric"] == m].mean())) for m in metrics]
    made = beside.table(groups, context.looks, table.Row("Real images", reached, muted=True, ruled=True))
    note = notes.note(quality, context)
    caption = notes.caption(
        f"After the last of {last} tasks, mean over tasks. Accuracy: a classifier of real images, the evaluator, sees "
        "the class that was asked for in generated ones. Reverse accuracy: a classifier that learned from generated "
        "images is tested on real ones. Real images: measured like samples; where test images are few, the evaluator "
        "has learned from some of them. For reverse accuracy: the same classifier taught by real images. FID_clf "
        "compares with no published number.",
        beside.origin(published, *metrics).where,
        note,
    )
    columns = ["method", "metric", "mean", "std", "n", "seeds", "status", "real", "published"]
    figure = table.figure(made, f"{context.title}: after the last task", note)
    return Drawing(figure, points[columns], caption, scores.specs(quality), made.frame())
