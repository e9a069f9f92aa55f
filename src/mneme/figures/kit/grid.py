"""Grids of images: bands of rows, every cell a strip of images or the word that says why there are none."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mneme.figures.kit import images, missing, style

GAP, BAND = 0.06, 0.16  # inches between rows and beside heads, between bands
TEXT = 0.17  # of a line of text
LETTER = 0.066  # of a letter


class Cell(NamedTuple):
    """Images of one cell, uint8 [N, C, S, S]; None with a word where there are none."""

    images: np.ndarray | None
    word: str = "no samples"


class Row(NamedTuple):
    """Cells from left to right, None where nothing belongs; ``below``: a word under each."""

    cells: Sequence[Cell | None]
    label: str = ""
    below: Sequence[str] = ()


class Band(NamedTuple):
    """Rows that belong together.

    Attributes:
        label: on the left, over all rows; a line of its own above them where ``colour`` is None.
        heads: column -> text above it and its colour.
        ticks: a word over each column.
    """

    rows: Sequence[Row]
    label: str = ""
    colour: str = style.INK
    heads: Mapping[int, tuple[str, str]] = {}
    ticks: Sequence[str] = ()


def draw(
    bands: Sequence[Band],
    title: str,
    note: str,
    *,
    shape: tuple[int, int] = (1, 1),
    image: float = 0.3,
    across: int = 1,
) -> Figure:
    """Lay out bands from top to bottom on one axes whose unit is the inch.

    Args:
        shape: rows and columns of images in a cell; it shows the first of them.
        image: inches of an image.
        across: bands side by side.
    """
    high, wide = image * shape[0], image * shape[1]
    count = max((len(row.cells) for band in bands for row in band.rows), default=1)
    apart = {column for band in bands for column in band.heads} - {0}
    lefts = [column * wide + sum(2 * GAP for other in apart if other <= column) for column in range(count)]
    named = max((len(line) for band in bands for line in _broken(band.label)), default=0) * LETTER * 1.15
    labelled = max((len(row.label) for band in bands for row in band.rows), default=0) * LETTER
    left = 0.12 + named + (0.1 if named else 0) + labelled + (0.1 if labelled else 0)
    body = lefts[-1] + wide
    width = max(left + across * (body + 0.15), 4.6, len(title) * 0.087 + 0.2)
    lines = style.wrapped(note, width)
    figure, top, bottom = Figure(), 0.42, 0.42
    axes = figure.add_axes((0, 0, 1, 1))
    axes.text(0.08, 0.16, title, va="center", fontsize=10.5, fontweight="bold")
    for number, band in enumerate(bands):
        column = number % across
        top = top if column else bottom
        end = _band(axes, band, top, left + column * (body + 0.15), lefts, (high, wide), shape, first=column == 0)
        bottom = max(bottom, end) if column else end
    axes.text(0.08, bottom + 0.1, lines, va="top", fontsize=7, color=style.MUTED, linespacing=1.4)
    height = bottom + 0.2 + 0.145 * (lines.count("\n") + 1)
    figure.set_size_inches(width, height)
    axes.set(xlim=(0, width), ylim=(height, 0), aspect="auto")
    axes.set_axis_off()
    return figure


def _band(
    axes: Axes,
    band: Band,
    top: float,
    left: float,
    lefts: list[float],
    size: tuple[float, float],
    shape: tuple[int, int],
    *,
    first: bool,
) -> float:
    """Draw a band whose upper left corner is given; returns where it ends."""
    high, wide = size
    if band.heads:
        for column, (text, colour) in band.heads.items():
            axes.text(left + lefts[column], top + TEXT / 2, text, va="center", fontweight="bold", color=colour)
        top += TEXT + 0.04
    if band.ticks:
        slanted = max(map(len, band.ticks)) * LETTER > wide
        top += 0.05 + (0.55 * LETTER * max(map(len, band.ticks)) if slanted else TEXT - 0.06)
        looks = {"rotation": 35, "ha": "left"} if slanted else {"ha": "center"}
        for column, text in enumerate(band.ticks):
            x = left + lefts[column] + wide * (0.35 if slanted else 0.5)
            axes.text(x, top - 0.03, text, va="bottom", fontsize=6.5, color=style.MUTED, **looks)
    start = top
    for row in band.rows:
        if first:
            axes.text(left - 0.08, top + high / 2, row.label, va="center", ha="right", fontsize=7.5, color=style.MUTED)
        for column, cell in enumerate(row.cells):
            x = left + lefts[column]
            if cell is None:
                continue
            if cell.images is None or not len(cell.images):
                missing.draw(axes, x, top, wide - 0.02, high, cell.word, 7 if wide > 0.6 else 5)
            else:
                extent = (x, x + wide * 0.985, top + high * 0.985, top)
                axes.imshow(images.mosaic(cell.images, *shape), interpolation="nearest", extent=extent)
        top += high
        for column, text in enumerate(row.below):
            x = left + lefts[column] + wide / 2
            axes.text(x, top + TEXT / 2 - 0.02, text, va="center", ha="center", fontsize=6.5, color=style.MUTED)
        top += (TEXT if row.below else 0) + (GAP if high > 0.25 else 0.02)
    if first and band.label:
        axes.add_patch(Rectangle((0.06, start), 0.035, top - start - GAP, facecolor=band.colour, linewidth=0))
        text = "\n".join(_broken(band.label))
        axes.text(0.14, (start + top - GAP) / 2, text, va="center", fontweight="bold", color=band.colour)
    return top + BAND


def _broken(label: str) -> list[str]:
    return textwrap.wrap(label, 18)
