"""Accuracy, reverse accuracy and FID after the last task, on scenes beside the published numbers (MeRGAN)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import style, tables, words
from mneme.figures.artefact import Drawing
from mneme.figures.published import SCENE_STREAMS, SCENES

METRICS = ("class_accuracy", "reverse_accuracy", "fid", "fid_clf")
NAME, WIDE, ALONE = 1.7, 1.15, 1.7  # inches: methods, a number beside a published one, a number alone


@style.themed
def draw(quality: pd.DataFrame, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str) -> Drawing:
    """One row a method: mean over tasks after the last one, mean ± std over seeds; what real images reach below.

    Published are the numbers on four classes of LSUN, shown on LSUN and on the scenes that stand in for it; FID_clf has
    none, for it is a distance of our own classifier.
    """
    last = len(tasks)
    quality = quality[(quality["task"] >= 1) & (quality["method"] != "base") & (quality["checkpoint"] == last)]
    metrics = tables.measured(quality, METRICS)
    points = pd.concat(
        [tables.over_seeds(tables.along_stream(quality, m), ["method"]).assign(metric=m) for m in metrics],
        ignore_index=True,
    )
    shown = SCENES if quality["stream"].iloc[0] in SCENE_STREAMS else {}
    points["published"] = [shown.get(row.metric, {}).get(row.method) for row in points.itertuples()]
    methods = style.ordered(points["method"])
    widths = {metric: 2 * WIDE if metric in shown else ALONE for metric in metrics}
    width = NAME + sum(widths.values())
    figure = Figure(figsize=(width, 1.1 + 0.3 * (len(methods) + 3)), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(len(methods) + 0.6, -2.1))
    looks = {"ha": "center", "va": "center"}
    left = NAME
    axes.text(0.0, len(methods), "Real images", va="center", color=style.MUTED)
    for place, method in enumerate(methods):
        axes.text(0.0, place, style.label(method), va="center")
    for metric in metrics:
        middle = left + widths[metric] / 2
        here = left + WIDE / 2 if metric in shown else middle
        axes.text(middle, -1.6, style.metric_label(metric, arrow=True), fontweight="bold", **looks)
        mine = points[points["metric"] == metric]
        if metric in shown:
            axes.text(here, -0.9, "here", color=style.MUTED, **looks)
            axes.text(left + 1.5 * WIDE, -0.9, "LSUN", color=style.MUTED, **looks)
        for place in range(len(methods)):
            if methods[place] not in set(mine["method"]):  # it cannot be asked for a class
                axes.text(here, place, "\u2013", color=style.MUTED, **looks)
        for row in mine.itertuples():
            place = methods.index(row.method)
            axes.text(here, place, tables.cell(row), **looks)
            if metric in shown:
                known = "\u2013" if pd.isna(row.published) else style.number(metric, row.published)
                axes.text(left + 1.5 * WIDE, place, known, color=style.MUTED, **looks)
        axes.text(here, len(methods), style.number(metric, mine["real"].mean()), color=style.MUTED, **looks)
        left += widths[metric]
    note = words.note(quality, tier, experiment)
    style.heading(figure, f"{title}: after the last task", note)
    caption = words.caption(
        f"After the last of {last} tasks, mean over tasks. Accuracy: a classifier of real images judges images "
        "generated of a class. Reverse accuracy: a classifier that learned from generated images judges real ones. "
        "Real images: judged like samples; where test images are few, the judge has learned from some of them. For "
        "reverse accuracy: the same classifier taught by real images. FID_clf compares with no published number.",
        "Published: MeRGAN on four scene classes of LSUN, judged among ten, where FID is Inception's." if shown else "",
        note,
    )
    table = points[["method", "metric", "mean", "std", "n", "seeds", "status", "real", "published"]]
    return Drawing(figure, table, caption, tables.specs(quality))
