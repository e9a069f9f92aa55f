"""Tables in print: drawn, and as a frame of texts for LaTeX."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme.figures.kit import missing, style

ROW, LETTER = 0.28, 0.064  # inches of a row, and of a letter
NONE = "\u2013"


class Cell(NamedTuple):
    """A text; hatched where ``lost``, since the value that belongs here is missing."""

    text: str = NONE
    bold: bool = False
    muted: bool = False
    lost: bool = False


class Row(NamedTuple):
    """A row with its name; ``look``: a marker before it; ``ruled``: a thin rule above it."""

    name: str
    cells: Sequence[Cell]
    look: dict[str, str] | None = None
    muted: bool = False
    ruled: bool = False


class Table(NamedTuple):
    """``heads``: of each column the group, which may be empty, and its own head."""

    heads: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    corner: str = "Method"

    def frame(self) -> pd.DataFrame:
        """The texts, for LaTeX."""
        texts = [[row.name, *(cell.text.replace("\n", " ") for cell in row.cells)] for row in self.rows]
        grouped = any(group for group, _ in self.heads)
        heads = [("", self.corner), *self.heads]
        columns = pd.MultiIndex.from_tuples(heads) if grouped else [head for _, head in heads]
        return pd.DataFrame(texts, columns=columns)


def cell(row: object, *, bold: bool = False) -> Cell:
    """A row of :func:`mneme.figures.kit.scores.over_seeds` with its ``metric``, in print: mean ± deviation and, where
    some did not, how many seeds finished; None is what nobody measured."""
    if row is None or (row.n == 0 and row.status == "ok"):
        return Cell(muted=True)
    if row.n == 0:
        return Cell(row.status, lost=True)
    text = style.number(row.metric, row.mean)
    text += f" ± {style.number(row.metric, row.std, row.mean)}" if row.n > 1 else ""
    return Cell(text + (f"\n({row.n} of {row.seeds} seeds)" if row.n < row.seeds else ""), bold=bold)


def widths(table: Table) -> list[float]:
    """Inches of the names and of each column."""
    named = max(len(row.name) for row in table.rows) * LETTER * 1.1 + 0.5
    columns = [
        max(0.72, 0.25 + LETTER * max(len(line) for text in (head, *(row.cells[k].text for row in table.rows))
                                      for line in text.split("\n")))
        for k, (_, head) in enumerate(table.heads)
    ]  # fmt: skip
    for group, members in groupby(range(len(columns)), lambda k: table.heads[k][0]):
        places = list(members)
        lacking = len(group) * LETTER * 1.15 + 0.2 - sum(columns[k] for k in places)
        for k in places:
            columns[k] += max(0.0, lacking) / len(places)
    return [named, *columns]


def figure(table: Table, title: str, note: str) -> Figure:
    """A figure of the table alone."""
    wide = sum(widths(table))
    made = Figure(
        figsize=(max(wide, len(title) * 0.087) + 0.25, ROW * (len(table.rows) + 2.6) + 0.95), layout="constrained"
    )
    draw(made.subplots(), table)
    style.heading(made, title, note)
    return made


def draw(axes: Axes, table: Table) -> None:
    """Fill an axes with the table: rules as in a book, groups over their columns."""
    wide = widths(table)
    total, grouped = sum(wide), any(group for group, _ in table.heads)
    top = -1.7 if grouped else -1.15
    axes.set(xlim=(0, total), ylim=(len(table.rows) - 0.4, top - 0.1))
    axes.set_axis_off()
    middles = [sum(wide[: k + 1]) + wide[k + 1] / 2 for k in range(len(table.heads))]
    looks = {"va": "center", "fontsize": 8}
    axes.text(0.05, -0.75, table.corner, fontweight="bold", **looks)
    for group, members in groupby(range(len(middles)), lambda k: table.heads[k][0]):
        places = list(members)
        left = middles[places[0]] - wide[places[0] + 1] / 2 + 0.06
        right = middles[places[-1]] + wide[places[-1] + 1] / 2 - 0.06
        if group:
            axes.text((left + right) / 2, -1.4, group, ha="center", fontweight="bold", **looks)
            axes.plot([left, right], [-1.1, -1.1], color=style.INK, linewidth=0.5)
    for middle, (_, head) in zip(middles, table.heads, strict=True):
        axes.text(middle, -0.75, head, ha="center", va="center", fontsize=7.5)
    for place, weight in ((top, 1.1), (-0.45, 0.8), (len(table.rows) - 0.5, 1.1)):
        _rule(axes, place, total, weight)
    for place, row in enumerate(table.rows):
        if row.ruled:
            _rule(axes, place - 0.5, total, 0.5)
        if row.look:
            axes.plot([0.1], [place], markersize=5, linestyle="none", **row.look)
        indent = 0.24 if any(one.look for one in table.rows) else 0.05
        axes.text(indent, place, row.name, color=style.MUTED if row.muted else style.INK, **looks)
        for middle, size, one in zip(middles, wide[1:], row.cells, strict=True):
            if one.lost:
                missing.draw(axes, middle - size * 0.46, place - 0.4, size * 0.92, 0.8, one.text)
                continue
            colour = style.MUTED if one.muted or row.muted else style.INK
            said = {"ha": "center", "va": "center", "fontsize": 6.5 if "\n" in one.text else 8, "color": colour}
            axes.text(middle, place, one.text, fontweight="bold" if one.bold else "normal", **said)


def _rule(axes: Axes, y: float, width: float, weight: float) -> None:
    axes.plot([0, width], [y, y], color=style.INK, linewidth=weight, clip_on=False)
