"""What fifty tasks cost: bytes and seconds, task by task (GAN Memory, sections 4.3 and 5.3, further than table 1)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import notes, style
from mneme.figures.kit.drawing import Context, Drawing

PANELS = {"added": "Added by a task (kB)", "bytes": "Kept in all (kB)", "cpu_seconds": "CPU seconds a task"}
UNITS = {"added": 1e3, "bytes": 1e3, "cpu_seconds": 1.0}


def draw(context: Context, storage: str | Path) -> Drawing:
    """File sizes and training times along the stream, a line a method.

    Args:
        storage: ``storage.json`` of the experiment.
    """
    table = pd.DataFrame(files.read_json(Path(storage)))
    methods = context.looks.ordered(table["method"])
    figure = Figure(figsize=(8.6, 3.1), layout="constrained")
    for axes, (column, name) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        for method in methods:
            mine = table[table["method"] == method]
            look, label = context.looks.of(method, methods), context.looks.label(method)
            often = {"markersize": 3, "markevery": max(1, len(mine) // 10)}
            axes.plot(mine["task"], mine[column] / UNITS[column], label=label, **often, **look)
            if column == "added":
                axes.plot(mine["task"], mine["counted"] / UNITS[column], ":", color=look["color"], linewidth=1)
        axes.set_ylim(bottom=0)
        axes.set_title(name, loc="left")
        axes.set_xlabel("Task")
    figure.axes[0].legend(loc="best", fontsize=6.5)
    last = table[table["task"] == table["task"].max()].set_index("method")["bytes"]
    sums = "; ".join(f"{context.looks.label(method)} {last[method] / 1e3:,.0f} kB" for method in methods)
    last_task, seed = table["task"].max(), table["seed"].iloc[0]
    note = (
        f"{context}, one chain a method, seed {seed}; after {last_task} tasks: {sums}.\n"
        "Dotted: four bytes for each number that the task adds."
    )
    style.heading(figure, f"{context.title}: bytes and seconds", note)
    caption = notes.caption(
        "Size of the checkpoint files along the stream: what each task adds (dotted: four bytes for each of its "
        "numbers; the rest is names and padding), what is kept in all, and the CPU time of each task's training job. "
        "The base GAN, which all tasks share, is not counted.",
        note,
    )
    columns = ["method", "seed", "task", "added", "counted", "bytes", "seconds", "cpu_seconds"]
    return Drawing(figure, table[columns], caption, sorted(set(table["spec"])))
