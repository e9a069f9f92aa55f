"""Units of a generator that grows, against the worst case: every task adds all it started with (DGM, Figure 4)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mneme import files
from mneme.figures.kit import grown, lines, notes, style
from mneme.figures.kit.drawing import Context, Drawing

WORST = {"linestyle": (0, (4, 2)), "linewidth": 1.1}


def draw(context: Context, parameters: str | Path, storage: str | Path) -> Drawing:
    """Left, units of the masked layers in every task; right, over those of task 1; dashed, the worst case.

    Args:
        parameters: JSON of :mod:`mneme.probes.sizes`; methods that grow have rows ``tasks`` and ``layers``.
        storage: JSON of the same job, a row a method and task, with seed and spec.
    """
    counted = grown.counted(parameters)
    files_of = pd.DataFrame(files.read_json(Path(storage)))
    methods = context.looks.ordered(counted)
    figure = Figure(figsize=(8.6, 3.3), layout="constrained")
    left, right, side = figure.subplots(1, 3, width_ratios=[2.9, 2.9, 1.7])
    tables = []
    for method in methods:
        table, look = numbers(pd.DataFrame(counted[method]["tasks"])), context.looks.of(method, methods)
        left.plot(table["task"], table["units"], **look)
        left.plot(table["task"], table["worst"], color=look["color"], **WORST)
        right.plot(table["task"], table["growth"], **look)
        tables.append(table.assign(method=method))
    shown = pd.concat(tables)
    tasks = sorted(set(shown["task"]))
    right.plot(tasks, tasks, color=style.REAL, **WORST)
    left.set_title("Units of the masked layers", loc="left")
    right.set_title("Times those of task 1", loc="left")
    for axes in (left, right):
        axes.set(ylim=(0, None), xlabel="Task")
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    lines.legend(side, methods, context.looks, real=False)
    entries = [*side.get_legend().legend_handles, Line2D([], [], color=style.REAL, label="Worst case", **WORST)]
    side.legend(handles=entries, loc="center left")
    last = shown.groupby("method").last()
    sums = "; ".join(f"{context.looks.label(m)} {last['growth'][m]:.1f}" for m in methods)
    note = f"{context}, one chain a method, seed {files_of['seed'].iloc[0]}.\n"
    note += f"Units in the last task, times those of task 1: {sums}."
    style.heading(figure, f"{context.title}: growth against the worst case", note)
    caption = notes.caption(
        "Output units of the generator's masked layers during each task. The dashed lines are the worst case of linear "
        "growth: each task reserves all that is free, so that as much as the first task had is added for the next one. "
        "A method that keeps its size stays at 1.",
        note,
    )
    columns = ["method", "task", "units", "worst", "growth"]
    return Drawing(figure, shown[columns], caption, sorted(set(files_of["spec"])))


def numbers(tasks: pd.DataFrame) -> pd.DataFrame:
    """A row a task: its ``units``, those of the ``worst`` case, and ``growth``, units over those of the first task."""
    first = tasks["units"].iloc[0]
    return tasks[["task", "units"]].assign(worst=first * tasks["task"], growth=tasks["units"] / first)
