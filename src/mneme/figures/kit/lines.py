"""Curves with their spread over seeds, and the axes they stand on."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from mneme.evaluation.measures import SHARES, lower_is_better
from mneme.figures.kit import style
from mneme.figures.kit.drawing import Looks

REAL_LINE = {"color": style.REAL, "linestyle": (0, (4, 2)), "linewidth": 1.1, "zorder": 1}


def curves(
    axes: Axes, points: pd.DataFrame, x: str, metric: str, methods: Sequence[str], looks: Looks, *, dodge: float = 0.0
) -> int:
    """A line for each method; methods without a finished seed at some point get a cross there.

    Args:
        points: ``method``, ``x`` and the statistics of :func:`mneme.figures.kit.scores.over_seeds`. Where there is a
            column ``marked``, only those points have markers.
        dodge: how far methods stand beside one another, so that equal ones are all seen.

    Returns:
        How many methods have crosses, which :func:`value_axis` keeps room for.
    """
    rows = 0
    for position, method in enumerate(methods):
        mine = points[points["method"] == method].sort_values(x).reset_index(drop=True)
        mine[x] = mine[x] + dodge * (position - (len(methods) - 1) / 2)
        look = looks.of(method, methods)
        curve(axes, mine, x, metric, look, looks.label(method))
        if (mine["n"] == 0).any():
            crosses(axes, mine[mine["n"] == 0], x, metric, look["color"], rows)
            rows += 1
    return rows


def curve(axes: Axes, points: pd.DataFrame, x: str, metric: str, look: dict[str, str], label: str) -> None:
    """Mean with markers, a band of one standard deviation where there are two seeds or more.

    A point that lacks seeds has a hollow marker, one without any is left out of the line.
    """
    mean, std = points["mean"] * style.scale(metric), points["std"] * style.scale(metric)
    marked = points["marked"] if "marked" in points else pd.Series(True, points.index)
    width = 1.7 if marked.all() else 1.1
    axes.plot(points[x], mean, label=label, color=look["color"], linewidth=width, zorder=3)
    whole = points["n"] == points["seeds"]
    for chosen, face in ((marked & whole, look["color"]), (marked & ~whole, "white")):
        dots = {**look, "linestyle": "none", "markerfacecolor": face, "markeredgewidth": 1.2, "zorder": 4}
        axes.plot(points[x][chosen], mean[chosen], **dots)
    if std.notna().any():
        least = 0.02 * mean.min() if lower_is_better(metric) else None
        low = (mean - std).clip(lower=least)
        axes.fill_between(points[x], low, mean + std, color=look["color"], alpha=0.16, linewidth=0, zorder=2)


def crosses(axes: Axes, missing: pd.DataFrame, x: str, metric: str, colour: str, row: int) -> None:
    """A cross at the bad end of the axis for every missing value, and the word that says why at the first of them.

    Args:
        row: 0, 1, ...: those of different methods go below one another.
    """
    worse_is_up = lower_is_better(metric)
    height = 0.96 - 0.11 * row if worse_is_up else 0.04 + 0.11 * row
    across = axes.get_xaxis_transform()
    looks = {"linestyle": "none", "marker": "x", "markersize": 5, "markeredgewidth": 1.5, "clip_on": False}
    axes.plot(missing[x], [height] * len(missing), transform=across, color=colour, **looks)
    first, (low, high) = missing.iloc[0], axes.get_xlim()
    beyond = first[x] > low + 0.6 * (high - low)  # the word goes to the left of a cross near the right edge
    axes.annotate(
        first["status"],
        (first[x], height),
        xycoords=across,
        xytext=(4 if beyond else -4, -4 if worse_is_up else 4),
        textcoords="offset points",
        ha="right" if beyond else "left",
        va="top" if worse_is_up else "bottom",
        fontsize=7,
        style="italic",
        color=colour,
    )


def value_axis(axes: Axes, metric: str, values: pd.Series, *, room: int = 0) -> None:
    """Label and range of the y axis; logarithmic for a distance that spans more than a factor of 20.

    Args:
        room: rows of :func:`crosses` to keep free above a distance.
    """
    axes.set_ylabel(style.metric_label(metric, arrow=True))
    found = values.dropna() * style.scale(metric)
    if metric in SHARES:
        axes.set_ylim(-3, 106)
        axes.set_yticks(range(0, 101, 20))
    elif len(found) and found.min() > 0 and found.max() / found.min() > 20:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 3) if found.max() / found.min() < 200 else (1,)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=min(0, 1.05 * float(found.min())) if len(found) else 0)
        axes.yaxis.set_major_locator(MaxNLocator(6))
    if room and lower_is_better(metric):
        low, high = axes.get_ylim()
        log = axes.get_yscale() == "log"
        axes.set_ylim(low, high * (high / low) ** (0.12 * room) if log else high + 0.12 * room * (high - low))


def steps_axis(axes: Axes) -> None:
    """Training steps, thousands as k."""
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{value / 1000:g}k" if value >= 2000 else f"{value:g}")
    )


def legend(axes: Axes, methods: Sequence[str], looks: Looks, columns: int = 1, *, real: bool = True) -> None:
    """Fill an empty axes with the legend: every method's line with its marker, then the real-vs-real baseline."""
    entries = [Line2D([], [], label=looks.label(method), **looks.of(method, methods)) for method in methods]
    entries += [Line2D([], [], label="Real against real", **REAL_LINE)] if real else []
    axes.set_axis_off()
    spacing = {"labelspacing": 0.9, "columnspacing": 1.6, "handlelength": 2.2, "borderpad": 0, "borderaxespad": 0}
    axes.legend(handles=entries, loc="center left", ncols=columns, **spacing)
