"""Curves with their spread over seeds, and the axes they stand on."""

from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from mneme.evaluation.measures import lower_is_better
from mneme.figures import style

REAL_LINE = {"color": style.REAL, "linestyle": (0, (4, 2)), "linewidth": 1.1, "zorder": 1}


def curve(axes: Axes, points: pd.DataFrame, x: str, method: str, methods: Iterable[str], metric: str) -> None:
    """Mean with markers, a band of one standard deviation where there are two seeds or more.

    Args:
        points: ``x``, ``mean``, ``std``, ``n``, ``seeds``, ``status`` per point, sorted by x. A point that lacks seeds
            has a hollow marker, one without any is left out of the line: see :func:`holes`.
    """
    looks, factor = style.look(method, methods), style.scale(metric)
    mean, std = points["mean"] * factor, points["std"] * factor
    axes.plot(points[x], mean, label=style.label(method), color=looks["color"], zorder=3)
    whole = points["n"] == points["seeds"]
    for chosen, face in ((whole, looks["color"]), (~whole, "white")):
        dots = {**looks, "linestyle": "none", "markerfacecolor": face, "markeredgewidth": 1.2, "zorder": 4}
        axes.plot(points[x][chosen], mean[chosen], **dots)
    if std.notna().any():
        floor = 0.02 * mean.min() if lower_is_better(metric) else None
        low = (mean - std).clip(lower=floor)
        axes.fill_between(points[x], low, mean + std, color=looks["color"], alpha=0.16, linewidth=0, zorder=2)


def holes(axes: Axes, points: pd.DataFrame, x: str, method: str, methods: Iterable[str], metric: str, row: int) -> None:
    """A cross at the bad end of the axis for every point without a finished seed, and the word at the first of them.

    Args:
        row: 0, 1, ...: holes of different methods go below one another.
    """
    missing = points[points["n"] == 0]
    if not len(missing):
        return
    colour, height = style.look(method, methods)["color"], 0.96 - 0.11 * row
    height = height if lower_is_better(metric) else 1 - height
    place = {"transform": axes.get_xaxis_transform(), "color": colour, "clip_on": False}
    axes.plot(
        missing[x], [height] * len(missing), linestyle="none", marker="x", markersize=5, markeredgewidth=1.5, **place
    )
    first = missing.iloc[0]
    left = axes.get_xlim()[0] + 0.6 * (axes.get_xlim()[1] - axes.get_xlim()[0]) < first[x]
    below = -4 if lower_is_better(metric) else 4
    shift, align = ((4, below), "right") if left else ((-4, below), "left")
    axes.annotate(
        first["status"],
        (first[x], height),
        xycoords=axes.get_xaxis_transform(),
        xytext=shift,
        textcoords="offset points",
        ha=align,
        va="top" if below < 0 else "bottom",
        fontsize=7,
        style="italic",
        color=colour,
    )


def real_line(axes: Axes, x: pd.Series, real: pd.Series, metric: str) -> None:
    """The real-against-real value: nobody can be expected to do better."""
    axes.plot(x, real * style.scale(metric), **REAL_LINE)


def value_axis(axes: Axes, metric: str, values: pd.Series, *, room: int = 0) -> None:
    """Label and range of the y axis; logarithmic for a distance that spans more than a factor of 20.

    Args:
        room: rows of :func:`holes` to keep free above a distance.
    """
    axes.set_ylabel(style.metric_label(metric, arrow=True))
    found = values.dropna() * style.scale(metric)
    if style.scale(metric) == 100:
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


def legend(axes: Axes, methods: Sequence[str], columns: int, *, real: bool = True) -> None:
    """Fill an empty axes with the legend: every method's line with its marker, then the real line."""
    entries = [Line2D([], [], label=style.label(method), **style.look(method, methods)) for method in methods]
    entries += [Line2D([], [], label="Real against real", **REAL_LINE)] if real else []
    axes.set_axis_off()
    spacing = {"labelspacing": 0.9, "columnspacing": 1.6, "handlelength": 2.2, "borderpad": 0, "borderaxespad": 0}
    axes.legend(handles=entries, loc="center left", ncols=columns, **spacing)
