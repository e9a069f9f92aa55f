"""A classifier that learns the stream: its accuracy after every task (GAN Memory, Figure 6 right)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme.figures.kit import lines, notes, progress, scores, style
from mneme.figures.kit.drawing import Context, Drawing

ALL, LEARNED = "all test images of the stream", "mean over tasks learned"


def draw(context: Context, curve: pd.DataFrame, classifiers: Sequence[str]) -> Drawing:
    """One panel over all test images, as published, one over tasks learned so far; one line per method.

    A class that no image was ever learned of counts as wrong in the first, so that 100 % is reached at the end only.
    """
    tests = progress.tests(curve, classifiers)
    methods = context.looks.ordered(classifiers)
    figure = Figure(figsize=(9.4, 3.4), layout="constrained")
    left, right, side = figure.subplots(1, 3, width_ratios=[2.9, 2.9, 2.2])
    panels = {ALL: (left, over_stream(tests)), LEARNED: (right, over_learned(tests))}
    parts = []
    for name, (axes, per_seed) in panels.items():
        points = progress.points(per_seed)
        progress.axis(axes, points, methods, context)
        axes.set_title(f"Test accuracy, {name}", loc="left")
        parts.append(points.assign(panel=name))
    _ceiling(left, tests)
    lines.legend(side, methods, context.looks, real=False)
    note = progress.note(tests, context)
    style.heading(figure, f"{context.title}: a classifier learns the stream", note)
    table = pd.concat(parts)[["panel", "method", "checkpoint", "step", "steps", "mean", "std", "n", "seeds", "status"]]
    caption = notes.caption(
        "Accuracy on real test images of one classifier that learns the tasks one after another and is never told "
        "which task an image is of. Left: all test images of the stream, also those of tasks yet to come, which count "
        "as wrong (as published); the grey steps are the most that can be reached. Right: mean over the tasks learned. "
        "Replays come from a generator that learned the same stream; Joint has real images in their place. Markers "
        "stand at the ends of tasks. The paper prints curves on ImageNet classes at 256 px, no numbers.",
        note,
    )
    return Drawing(figure, table, caption, scores.specs(tests))


def over_stream(tests: pd.DataFrame) -> pd.DataFrame:
    """Share of all test images of the stream that are given their class, at every test."""
    sizes = tests.drop_duplicates("task")["n"].sum()
    rows = tests.assign(value=tests["value"] * tests["n"] / sizes)
    return _grouped(rows, lambda values: values.sum(skipna=False))


def over_learned(tests: pd.DataFrame) -> pd.DataFrame:
    """Mean over the tasks learned, the current one included, at the end of every task."""
    ends = tests[tests["step"] == tests["steps"]]
    return _grouped(ends, lambda values: values.mean(skipna=False))


def _grouped(rows: pd.DataFrame, value: Any) -> pd.DataFrame:
    groups = rows.groupby(["method", "seed", "checkpoint", "step", "steps"], sort=True)
    return groups.agg(value=("value", value), status=("status", scores.worst)).reset_index()


def _ceiling(axes: Axes, tests: pd.DataFrame) -> None:
    """The share of test images whose classes were learned."""
    sizes = tests.drop_duplicates("task").set_index("task")["n"].sort_index()
    shares = 100 * sizes.cumsum() / sizes.sum()
    look = {"color": style.RULE, "linewidth": 1.2, "zorder": 1, "label": "most that can be reached"}
    (steps,) = axes.step(range(len(shares) + 1), [shares.iloc[0], *shares], where="pre", **look)
    axes.legend(handles=[steps], loc="lower left")
