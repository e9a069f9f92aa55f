"""Accuracy, reverse accuracy and FID after the last task, beside the published numbers (MeRGAN; Hyper-LifelongGAN,
Tables 1 to 4 and 6, with L1 of pairs)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mneme.figures.kit import beside, notes, scores, style, table
from mneme.figures.kit.drawing import Context, Drawing

METRICS = ("class_accuracy", "reverse_accuracy", "fid", "fid_clf")
TRANSLATED = ("task_accuracy", "fid", "fid_clf", "l1")  # images that no class was asked of


def draw(context: Context, quality: pd.DataFrame, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """One row a method: mean over tasks after the last one, mean ± std over seeds; what real images reach below."""
    last = len(context.tasks)
    quality = quality[(quality["task"] >= 1) & (quality["checkpoint"] == last)]
    word = "class" if scores.measured(quality, METRICS[:1]) else "task"
    metrics = scores.measured(quality, METRICS if word == "class" else TRANSLATED)
    parts = [scores.over_seeds(scores.along_stream(quality, m), ["method"]).assign(metric=m) for m in metrics]
    points = pd.concat(parts, ignore_index=True)
    points["published"] = beside.numbers(points, published, after=[last] * len(points))
    groups = {style.metric_label(m, arrow=True): points[points["metric"] == m] for m in metrics}
    real = {m: points["real"][points["metric"] == m].mean() for m in metrics}
    reached = [table.Cell() if pd.isna(real[m]) else table.Cell(style.number(m, real[m])) for m in metrics]
    made = beside.table(groups, context.looks, table.Row("Real images", reached, muted=True, ruled=True))
    note = notes.note(quality, context)
    when = f"After the last of {last} tasks, mean over tasks" if last > 1 else "After the first task of the stream"
    caption = notes.caption(
        f"{when}. Accuracy: a classifier of real images, the evaluator, sees "
        f"the {word} that was asked for in generated ones. Real images: measured like samples, accuracies on "
        "test images alone; where these are few, distances are taken with training images too. FID_clf compares with "
        "no published number.",
        "Reverse accuracy: a classifier that learned from generated images is tested on real ones; for real images, "
        "the same classifier taught by them."
        if "reverse_accuracy" in metrics
        else "",
        beside.origin(published, *metrics).where,
        note,
    )
    columns = ["method", "metric", "mean", "std", "n", "seeds", "status", "real", "published"]
    figure = table.figure(made, f"{context.title}: after the {'last' if last > 1 else 'first'} task", note)
    return Drawing(figure, points[columns], caption, scores.specs(quality), made.frame())
