"""How well each task is classified while those after it are learned (GAN Memory, Figure 12)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import lines, progress, style, tables, words
from mneme.figures.artefact import Drawing

METRIC = "test_accuracy"
ACROSS = 3  # panels side by side


@style.themed
def draw(
    classification: pd.DataFrame, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str
) -> Drawing:
    """One panel per task, one line per solver, from the first test of the task to the end of the stream."""
    names, solvers = tables.names(tasks), style.ordered(classification["solver"])
    across = min(ACROSS, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(2.2 + 2.5 * across, 0.75 + 2.5 * down), layout="constrained")
    grid, side = figure.subfigures(1, 2, width_ratios=[2.5 * across, 2.2])
    panels = grid.subplots(down, across, squeeze=False)
    points = tables.over_seeds(classification, ["solver", "task", "checkpoint", "step", "steps"])
    points["x"] = progress.place(points)
    for place, axes in enumerate(panels.flat):
        if place >= len(names):
            axes.set_axis_off()
            continue
        task = sorted(names)[place]
        progress.axis(axes, names, solvers, points[points["task"] == task], METRIC)
        axes.axvspan(task - 1, task, color=style.RULE, alpha=0.45, linewidth=0, zorder=0)
        axes.set_title(f"Task {task}: {names[task]}", loc="left")
        axes.set_ylabel(axes.get_ylabel() if place % across == 0 else "")
        axes.set_xlabel(axes.get_xlabel() if place >= len(names) - across else "")
    lines.legend(side.subplots(), solvers, columns=1, real=False)
    note = progress.note(classification, tier, experiment)
    style.heading(figure, f"{title}: test accuracy of each task", note)
    table = points[["task", "solver", "checkpoint", "step", "steps", "mean", "std", "n", "seeds", "status"]]
    caption = words.caption(
        "Accuracy on the real test images of each task (panel) while it is learned (shaded) and while those after it "
        "are, by one classifier that tells all classes of the stream apart. Markers stand at the ends of tasks. A line "
        "that falls shows forgetting; one that starts low, a task that is learned badly.",
        note,
    )
    return Drawing(figure, table, caption, tables.specs(classification))
