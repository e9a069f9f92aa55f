"""Lines along the stream while tasks are being learned: tests at every few steps, markers at the ends of tasks."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from mneme.figures import lines, style, words


def place(points: pd.DataFrame) -> pd.Series:
    """Where on the axis a test is: task t begins at t - 1 and ends at t."""
    return points["checkpoint"] - 1 + points["step"] / points["steps"]


def axis(axes: Axes, names: dict[int, str], solvers: Sequence[str], points: pd.DataFrame, metric: str) -> None:
    """One line per solver; a point without a finished seed is left out, and a cross says so.

    Args:
        points: ``solver``, ``x``, ``step``, ``steps`` and the statistics of :func:`mneme.figures.tables.over_seeds`.
    """
    along, row = bool((points["step"] < points["steps"]).any()), 0  # else tests at the ends of tasks only
    axes.set_xlim(-0.05 if along else 0.75, len(names) + 0.25)
    for solver in solvers:
        mine = points[points["solver"] == solver].sort_values("x").reset_index(drop=True)
        looks, factor = style.look(solver, solvers), style.scale(metric)
        mean, std = mine["mean"] * factor, mine["std"] * factor
        if along:
            axes.plot(mine["x"], mean, color=looks["color"], linewidth=1.1, zorder=3)
            if std.notna().any():
                axes.fill_between(mine["x"], mean - std, mean + std, color=looks["color"], alpha=0.16, linewidth=0)
            ends, whole = mine["step"] == mine["steps"], mine["n"] == mine["seeds"]
            for chosen, face in ((ends & whole, looks["color"]), (ends & ~whole, "white")):
                dots = {**looks, "linestyle": "none", "markerfacecolor": face, "markeredgewidth": 1.2, "zorder": 4}
                axes.plot(mine["x"][chosen], mean[chosen], **dots)
        else:
            lines.curve(axes, mine, "x", solver, solvers, metric)
        lines.holes(axes, mine, "x", solver, solvers, metric, row)
        row += int((mine["n"] == 0).any())
    lines.value_axis(axes, metric, points["mean"])
    axes.set_xticks([*range(1, len(names) + 1)], [f"{i}\n{name}" if len(names) < 5 else i for i, name in names.items()])
    axes.set_xlabel("After task")


def note(table: pd.DataFrame, tier: str, experiment: str) -> str:
    """The grey line under a figure of solvers."""
    streams = words.listed(sorted({f"'{stream}'" for stream in table["stream"]}))
    few, many = int(table["n"].min()), int(table["n"].max())
    count = f"{few:,}" if few == many else f"{few:,} to {many:,}"
    lines_ = [
        f"Experiment '{experiment}', stream {streams}, tier '{tier}'; {words.seeds(table)}; "
        f"{count} real test images a task."
    ]
    holes = words.holes(table.rename(columns={"solver": "method"}))
    return "\n".join([*lines_, *filter(None, [holes])])
