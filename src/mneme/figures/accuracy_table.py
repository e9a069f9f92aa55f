"""The accuracy of generated images after 5 and after 10 tasks, beside the published numbers (MeRGAN, Table 1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mneme.figures.kit import beside, notes, scores, table
from mneme.figures.kit.drawing import Context, Drawing

METRIC = "class_accuracy"
AFTER = (5, 10)


def draw(context: Context, quality: pd.DataFrame, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """One row a method, mean ± std over seeds; a stream of less than five tasks shows its last."""
    quality = quality[(quality["task"] >= 1) & (quality["metric"] == METRIC)]
    last = len(context.tasks)
    checkpoints = [t for t in AFTER if t <= last] or [last]
    points = scores.over_seeds(scores.along_stream(quality, METRIC), ["method", "checkpoint"])
    points = points[points["checkpoint"].isin(checkpoints)].assign(metric=METRIC)
    points["published"] = beside.numbers(points, published, after=points["checkpoint"])
    groups = {f"After {t} tasks": points[points["checkpoint"] == t] for t in checkpoints}
    made = beside.table(groups, context.looks, beside.real_images(groups))
    origin = beside.origin(published, METRIC)
    note = "\n".join([notes.note(quality, context), *origin.notes])
    caption = notes.caption(
        "Share of generated images in which a classifier of real images sees the class that was asked for: per class, "
        "then mean over the classes learned so far. Real images: the same of real test images.",
        origin.where,
        note,
    )
    figure = table.figure(made, f"{context.title}: class accuracy of generated images (%)", note)
    columns = ["method", "checkpoint", "metric", "mean", "std", "n", "seeds", "status", "published"]
    return Drawing(figure, points[columns], caption, scores.specs(quality), made.frame())
