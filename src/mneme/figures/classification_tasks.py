"""How well each task is classified while those after it are learned (GAN Memory, Figure 12)."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures.kit import lines, notes, progress, scores, style
from mneme.figures.kit.drawing import Context, Drawing

ACROSS = 3  # panels side by side


def draw(context: Context, curve: pd.DataFrame, classifiers: Sequence[str]) -> Drawing:
    """One panel per task, one line per method, from the first test of the task to the end of the stream."""
    tests = progress.tests(curve, classifiers)
    names, methods = context.names, context.looks.ordered(classifiers)
    across = min(ACROSS, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(2.2 + 2.5 * across, 0.75 + 2.5 * down), layout="constrained")
    grid, side = figure.subfigures(1, 2, width_ratios=[2.5 * across, 2.2])
    panels = grid.subplots(down, across, squeeze=False)
    points = progress.points(tests, "task")
    for position, axes in enumerate(panels.flat):
        if position >= len(names):
            axes.set_axis_off()
            continue
        task = sorted(names)[position]
        progress.axis(axes, points[points["task"] == task], methods, context)
        axes.axvspan(task - 1, task, color=style.RULE, alpha=0.45, linewidth=0, zorder=0)
        axes.set_title(f"Task {task}: {names[task]}", loc="left")
        axes.set_ylabel(axes.get_ylabel() if position % across == 0 else "")
        axes.set_xlabel(axes.get_xlabel() if position >= len(names) - across else "")
    lines.legend(side.subplots(), methods, context.looks, real=False)
    note = progress.note(tests, context)
    style.heading(figure, f"{context.title}: test accuracy of each task", note)
    table = points[["task", "method", "checkpoint", "step", "steps", "mean", "std", "n", "seeds", "status"]]
    caption = notes.caption(
        "Accuracy on the real test images of each task (panel) while it is learned (shaded) and while those after it "
        "are, by one classifier that tells all classes of the stream apart. Markers stand at the ends of tasks. A line "
        "that falls shows forgetting; one that starts low, a task that is learned badly.",
        note,
    )
    return Drawing(figure, table, caption, scores.specs(tests))
