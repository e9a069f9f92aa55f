"""The accuracy of generated images after 5 and after 10 tasks, beside the published numbers (MeRGAN, Table 1)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import style, tables, words
from mneme.figures.artefact import Drawing
from mneme.figures.published import ACCURACY, AFTER, MNIST, UNTOLD

METRIC = "class_accuracy"


@style.themed
def draw(quality: pd.DataFrame, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str) -> Drawing:
    """One row a method, mean ± std over seeds; a stream of less than five tasks shows its last."""
    quality = quality[(quality["task"] >= 1) & (quality["method"] != "base") & (quality["metric"] == METRIC)]
    checkpoints = [t for t in AFTER if t <= len(tasks)] or [len(tasks)]
    points = tables.over_seeds(tables.along_stream(quality, METRIC), ["method", "checkpoint"])
    points = points[points["checkpoint"].isin(checkpoints)].assign(metric=METRIC)
    on, where, published = ACCURACY.get(quality["stream"].iloc[0], ("MNIST", "MeRGAN, Table 1", MNIST))
    points["published"] = [
        published[row.method][AFTER.index(row.checkpoint)]
        if row.method in published and row.checkpoint in AFTER
        else None
        for row in points.itertuples()
    ]
    methods = style.ordered(points["method"])
    figure = Figure(figsize=(2.2 + 2.6 * len(checkpoints), 1.0 + 0.34 * (len(methods) + 2)), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, 1 + 2 * len(checkpoints)), ylim=(len(methods) - 0.4, -2.2))
    for column, checkpoint in enumerate(checkpoints):
        axes.text(2 + 2 * column, -1.6, f"After {checkpoint} tasks", ha="center", fontweight="bold")
        for side, word in enumerate(("here", f"published, {on}")):
            axes.text(1.5 + 2 * column + side, -0.9, word, ha="center", color=style.MUTED)
    for place, method in enumerate(methods):
        axes.text(0.0, place, style.label(method), va="center")
        for row in points[points["method"] == method].itertuples():
            x = 1.5 + 2 * checkpoints.index(row.checkpoint)
            axes.text(x, place, tables.cell(row), ha="center", va="center")
            known = "\u2013" if pd.isna(row.published) else f"{100 * row.published:.2f}"
            axes.text(x + 1, place, known, ha="center", va="center", color=style.MUTED)
    note = words.note(quality, tier, experiment) + (f"\n{UNTOLD}" if on == "SVHN" else "")
    style.heading(figure, f"{title}: class accuracy of generated images (%)", note)
    caption = words.caption(
        "Share of generated images in which a classifier of real images sees the class that was asked for: per class, "
        f"then mean over the classes learned so far. Published: {where}, on {on} at 32 px.",
        note,
    )
    table = points[["method", "checkpoint", "metric", "mean", "std", "n", "seeds", "status", "published"]]
    return Drawing(figure, table, caption, tables.specs(quality))
