"""Accuracy of a solver on real test images and accuracy of generated images, side by side (DGM, Table 1)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mneme.figures.kit import beside, notes, scores, table
from mneme.figures.kit.drawing import Context, Drawing

METRICS = {
    "test_accuracy": "solver, real test images",
    "test_accuracy_best": "solver at the best step",
    "class_accuracy": "generated images",
}
AFTER = (5, 10)


def draw(context: Context, quality: pd.DataFrame, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """One row a method; in per cent, mean over the tasks learned, mean ± std over seeds.

    The published number stands beside the accuracy that it is of. A stream of less than five tasks shows its last.
    """
    quality = quality[(quality["task"] >= 1) & quality["metric"].isin(METRICS)]
    last = len(context.tasks)
    checkpoints = [t for t in AFTER if t <= last] or [last]
    points, groups = beside.after_tasks(quality, published, METRICS, checkpoints)
    made = beside.table(groups, context.looks, beside.real_images(groups))
    origin = beside.origin(published, *METRICS)
    note = "\n".join([notes.note(quality, context), *origin.notes])
    caption = notes.caption(
        "Two accuracies that papers print in one column: of a classifier that learned the stream on real test images "
        "(among all classes learned), and of generated images under a classifier of real ones. A5 and A10: after 5 and "
        "after 10 tasks. Best step: the one that real validation images of all tasks choose, as DGM reports. A dash: "
        "the method gives no such thing. Real images: real test images under the same classifier.",
        origin.where,
        note,
    )
    figure = table.figure(made, f"{context.title}: two accuracies (%)", note)
    columns = ["method", "checkpoint", "metric", "mean", "std", "n", "seeds", "status", "published"]
    return Drawing(figure, points[columns], caption, scores.specs(quality), made.frame())
