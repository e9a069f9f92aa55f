"""Lines along the stream while tasks are being learned: tests every few steps, markers at the ends of tasks."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from mneme.figures.kit import lines, notes, scores
from mneme.figures.kit.drawing import Context

METRIC = "test_accuracy"


def tests(curve: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Tests of some methods, of the curve table, with the number of ``steps`` of their task."""
    rows = curve[(curve["metric"] == METRIC) & curve["method"].isin(methods)]
    return rows.assign(steps=rows.groupby(["method", "checkpoint"])["step"].transform("max"))


def points(per_seed: pd.DataFrame, *more: str) -> pd.DataFrame:
    """Statistics over seeds of every test; ``x`` is where it is on the axis: task t begins at t - 1 and ends at t."""
    found = scores.over_seeds(per_seed, ["method", *more, "checkpoint", "step", "steps"])
    return found.assign(
        x=found["checkpoint"] - 1 + found["step"] / found["steps"], marked=found["step"] == found["steps"]
    )


def axis(axes: Axes, found: pd.DataFrame, methods: list[str], context: Context) -> None:
    """One line per method; a point without a finished seed is left out, and a cross says so."""
    names = context.names
    axes.set_xlim(0.75 if found["marked"].all() else -0.05, len(names) + 0.25)
    lines.curves(axes, found, "x", METRIC, methods, context.looks)
    lines.value_axis(axes, METRIC, found["mean"])
    axes.set_xticks([*range(1, len(names) + 1)], [f"{i}\n{name}" if len(names) < 5 else i for i, name in names.items()])
    axes.set_xlabel("After task")


def note(table: pd.DataFrame, context: Context) -> str:
    """The grey line under a figure of classifiers."""
    counted = f"{notes.span(table)} real test images a task"
    return notes.note(table, context, counted)
