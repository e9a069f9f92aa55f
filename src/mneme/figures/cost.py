"""What a step costs along the stream: the price of replays grows with the classes they are drawn of."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.errors import UserError
from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

DODGE = 0.05  # methods stand a little beside one another, so that equal ones are all seen
PANELS = {"step": "Milliseconds a step", "task": "Seconds a task"}


def read(timings: Mapping[str, Mapping[Any, Mapping[Any, str]]]) -> pd.DataFrame:
    """One row a trained task: ``method``, ``seed``, ``task``, ``steps``, ``seconds`` a step, ``device``, ``spec``.

    Args:
        timings: method -> seed -> task -> its timing. Of the stretches of steps in it the mean of the fastest tenth is
            taken, so that whatever else the machine does counts for little.

    Raises:
        UserError: a file is missing or damaged.
    """
    rows = []
    places = [(method, seed, task) for method in timings for seed in timings[method] for task in timings[method][seed]]
    for method, seed, task in places:
        path = timings[method][seed][task]
        try:
            record = files.read_json(Path(path))
            stretches = pd.DataFrame(record["stretches"], columns=["step", "seconds"]).astype(float)
            row = {"device": record["device"], "spec": record["spec"]}
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise UserError(f"{path}: holds no timing; delete it and run snakemake again") from error
        row |= {"method": method, "seed": int(seed), "task": int(task)}
        row["status"] = "ok" if len(stretches) else "diverged"  # no step was made
        rows.append(row | {"steps": stretches["step"].max(), "seconds": fastest(stretches["seconds"])})
    return pd.DataFrame(rows)


def fastest(seconds: pd.Series) -> float:
    """Mean of the fastest tenth of some times, of one at least; NaN of none."""
    return float(seconds.nsmallest(-(-len(seconds) // 10)).mean())


def draw(context: Context, timings: Mapping[str, Mapping[Any, Mapping[Any, str]]]) -> Drawing:
    """Two panels over the task index: what a step costs, and all steps of the task."""
    table = read(timings)
    methods = context.looks.ordered(table["method"])
    values = {"step": 1000 * table["seconds"], "task": table["steps"] * table["seconds"]}
    figure = Figure(figsize=(7.7, 3.3), layout="constrained")
    grid = figure.subplots(1, 3, width_ratios=[2.9, 2.9, 1.5])
    parts = []
    for axes, (panel, name) in zip(grid[:-1], PANELS.items(), strict=True):
        points = scores.over_seeds(table.assign(value=values[panel]), ["method", "task"])
        lines.curves(axes, points, "task", panel, methods, context.looks, dodge=DODGE)
        axes.set_xlim(0.75, len(context.tasks) + 0.25)
        axes.set_xticks(range(1, len(context.tasks) + 1))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("Task")
        axes.set_title(name, loc="left")
        parts.append(points.assign(per=panel, unit="ms" if panel == "step" else "s"))
    lines.legend(grid[-1], methods, context.looks, real=False)
    devices = notes.listed(sorted(set(table["device"])))
    note = f"{context}; {notes.seeds(table)}.\n"
    note += f"Timed on {devices}, beside whatever else the machine did."
    style.heading(figure, f"{context.title}: cost along the stream", note)
    caption = notes.caption(
        "Wall time of a training step (mean of the fastest tenth) and of all steps of the task at that pace, against "
        "the task's number. A step is one full round of all players. Joint training has more steps with every task, "
        "its steps cost the same; replays, and earlier tasks that are distilled, make a step dearer.",
        note,
    )
    columns = ["per", "method", "task", "mean", "std", "n", "seeds", "status", "unit"]
    return Drawing(figure, pd.concat(parts)[columns], caption, scores.specs(table))
