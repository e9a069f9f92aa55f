"""R[t, i] of every method as a heatmap."""

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from mneme.evaluation.columns import matrix
from mneme.evaluation.measures import HEADLINE, SHARES, lower_is_better
from mneme.figures.kit import missing, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

ACROSS = 5  # at most so many heatmaps side by side
TOLD = 5  # with more tasks the cells are small and have no numbers in them


def draw(context: Context, quality: pd.DataFrame) -> Drawing:
    """One heatmap per metric and method: row t is the checkpoint after task t, column i the task; bright is good.

    Numbers stand in the cells of five tasks or less.
    """
    quality = quality[(quality["task"] >= 1)]
    metrics, methods = scores.measured(quality, HEADLINE), context.looks.ordered(quality["method"])
    down = -(-len(methods) // ACROSS)
    across = -(-len(methods) // down)  # rows as even as they can be
    cell = 0.43 if len(context.tasks) <= TOLD else 0.15
    side = max(1.75, cell * len(context.tasks) + 0.35)
    size = (0.9 + side * across + 0.6, 0.9 + len(metrics) * down * (side + 0.62))
    figure = Figure(figsize=size, layout="constrained")
    bands = figure.subfigures(len(metrics), 1, squeeze=False)[:, 0]
    parts = []
    for band, metric in zip(bands, metrics, strict=True):
        cells = scores.over_seeds(quality[quality["metric"] == metric], ["method", "checkpoint", "task"])
        colours, norm = _scale(metric, cells["mean"] * style.scale(metric))
        grid = band.subplots(down, across, squeeze=False)
        for position, axes in enumerate(grid.flat):
            if position >= len(methods):
                axes.set_axis_off()
                continue
            method = methods[position]
            _heatmap(axes, cells[cells["method"] == method], metric, len(context.tasks), colours, norm)
            looks = context.looks.of(method, methods)
            name = context.looks.label(method).replace(" (", "\n(")
            axes.set_title(name, color=looks["color"], loc="left", fontsize=8)
            axes.set_ylabel("After task" if position % across == 0 else "")
        mappable = matplotlib.cm.ScalarMappable(norm, colours)
        bar = band.colorbar(mappable, ax=grid, shrink=0.85, aspect=18 * down, pad=0.015)
        bar.set_label(style.metric_label(metric, arrow=True))
        bar.outline.set_visible(False)
        bar.ax.minorticks_off()
        bar.ax.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
        parts.append(cells.assign(metric=metric))
    style.heading(figure, f"{context.title}: every task after every task", notes.note(quality, context))
    table = pd.concat(parts)[["metric", "method", "checkpoint", "task", "mean", "std", "n", "seeds", "status", "real"]]
    caption = notes.caption(
        f"R[t, i] in {notes.listed([style.metric_label(m) for m in metrics])}: the quality of task i (column) after "
        "task t (row), per method; brighter is better, colours are shared within a metric. Reading a column "
        "downwards shows forgetting: a column that keeps its colour is a task that is kept.",
        notes.note(quality, context),
    )
    return Drawing(figure, table, caption, scores.specs(quality))


def _scale(metric: str, values: pd.Series) -> tuple[matplotlib.colors.Colormap, Normalize]:
    """Brighter is better; a logarithmic scale for a distance that spans more than a factor of 20."""
    if metric in SHARES:
        return matplotlib.colormaps["cividis"], Normalize(0, 100)
    found = values.dropna()
    low, high = (float(found.min()), float(found.max())) if len(found) else (0.0, 1.0)
    colours = matplotlib.colormaps["cividis_r" if lower_is_better(metric) else "cividis"]
    return colours, LogNorm(low, high) if low > 0 and high / low > 20 else Normalize(
        min(low, 0.0), max(high, low + 1e-9)
    )


def _heatmap(axes: Axes, cells: pd.DataFrame, metric: str, T: int, colours: Any, norm: Normalize) -> None:
    """Cells with their number; what is not learned yet stays empty, a missing value is hatched."""
    import seaborn

    font, told = 7.5 if T <= 4 else 6, T <= TOLD
    values = matrix(cells, "mean", T) * style.scale(metric)
    annotations = np.full((T, T), "", dtype=object)
    for cell in cells.itertuples() if told else ():
        annotations[cell.checkpoint - 1, cell.task - 1] = _annotation(cell, metric, T)
    numbers = range(1, T + 1)
    seaborn.heatmap(
        pd.DataFrame(values, index=numbers, columns=numbers),
        ax=axes,
        cmap=colours,
        norm=norm,
        mask=np.isnan(values),
        annot=annotations,
        fmt="",
        annot_kws={"fontsize": font, "linespacing": 1.25},
        linewidths=1.5 if told else 0.5,
        square=True,
        cbar=False,
    )
    axes.set(xlabel="Task", ylabel="")
    axes.tick_params(length=0, labelrotation=0)
    axes.grid(False)
    for cell in cells[cells["n"] == 0].itertuples():
        word = cell.status if told else ""
        missing.draw(axes, cell.task - 0.97, cell.checkpoint - 0.97, 0.94, 0.94, word, font - 1.5)


def _annotation(cell: Any, metric: str, tasks: int) -> str:
    """Mean, deviation over seeds, and how many of them finished where some did not."""
    text = style.number(metric, cell.mean)
    if cell.n > 1:
        text += f"\n±{style.number(metric, cell.std, cell.mean)}"
    if cell.n < cell.seeds:
        text += f"\n{'n = ' if tasks <= 4 else ''}{cell.n} of {cell.seeds}"
    return text
