"""A solver with real samples in its replay loop: accuracy for several r and K, beside iCaRL's (DGM, Table 2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mneme.figures.kit import beside, notes, scores, table
from mneme.figures.kit.drawing import Context, Drawing

METRICS = {"test_accuracy": "top-1", "test_accuracy_top5": "top-5"}
AFTER = (3, 5)


def draw(context: Context, quality: pd.DataFrame, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """One row a method; in per cent, mean over the tasks learned, mean ± std over seeds.

    A_k counts classes, as published; of a stream of less than three tasks the last one is shown.
    """
    quality = quality[(quality["task"] >= 1) & quality["metric"].isin(METRICS)]
    last, classes = len(context.tasks), learned(context)
    checkpoints = [t for t in AFTER if t <= last] or [last]
    points, groups = beside.after_tasks(quality, published, METRICS, checkpoints)
    made = beside.table({in_classes(head, classes): rows for head, rows in groups.items()}, context.looks)
    origin = beside.origin(published, *METRICS)
    tested = f"{notes.span(quality)} real test images a task"
    note = "\n".join([notes.note(quality, context, tested), *origin.notes])
    caption = notes.caption(
        "Accuracy on real test images, among all classes learned (A30: 30 of them), of a solver that learns past "
        "classes from replays and real samples: r is the share of real samples among those that a class is replayed "
        "by, K the number of real samples of all classes together. The joint classifier has all real images.",
        origin.where,
        note,
    )
    figure = table.figure(made, f"{context.title}: accuracy (%)", note)
    columns = ["method", "checkpoint", "metric", "mean", "std", "n", "seeds", "status", "published"]
    return Drawing(figure, points[columns], caption, scores.specs(quality), made.frame())


def learned(context: Context) -> dict[int, int]:
    """Number of tasks learned -> number of classes."""
    counts = [len(task["labels"]) for task in context.tasks]
    return {t: sum(counts[:t]) for t in range(1, len(counts) + 1)}


def in_classes(head: str, classes: Mapping[int, int]) -> str:
    """``top-1, A3`` with the number of classes for that of tasks."""
    name, _, task = head.rpartition(", A")
    return f"{name}, A{classes[int(task)]}"
