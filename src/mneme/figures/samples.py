"""Samples of every task after every task (GAN Memory, Figures 5 and 11)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme.figures import hole, identity, images, style, tables, words
from mneme.figures.artefact import Drawing

IMAGE, LEFT, GAP, BLOCK, TOP, BOTTOM = 0.3, 1.0, 0.07, 0.2, 0.62, 0.4  # inches


@style.themed
def draw(
    quality: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    references: Mapping[Any, str | Path],
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """One block of rows per method: row t shows the samples after task t, column i those of task i <= t.

    Real images stand on top. Every row of a column is made from the same noise, so an image that differs from the one
    above it shows a generator that changed. A hole in ``quality`` is drawn as a hole.

    Args:
        samples: method -> {t: samples.pt}, all of one seed.
        references: {i: reference.pt}.
    """
    title_of, methods = tables.names(tasks), style.ordered(samples)
    indices = sorted(title_of)
    loaded = {m: {int(t): images.samples(path) for t, path in samples[m].items()} for m in methods}
    specs = sorted({spec for cells in loaded.values() for _, spec in cells.values()} - {""})
    table = identity.table(quality, loaded)
    rows, columns = (2 if len(indices) <= 4 else 1), max(3, min(8, 26 // len(indices)))
    wide, high = columns * IMAGE, rows * IMAGE
    steps = {m: sorted(loaded[m]) for m in methods}
    body = sum(len(steps[m]) * (high + GAP) + BLOCK for m in methods) + high
    width, height = LEFT + len(indices) * (wide + 2 * GAP), TOP + body + BOTTOM
    figure = Figure(figsize=(width, height))

    def panel(column: int, top: float) -> Axes:
        left = LEFT + column * (wide + 2 * GAP)
        return figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))

    def text(x: float, top: float, words_: str, **looks: Any) -> None:
        figure.text(x / width, 1 - top / height, words_, **{"va": "center", "ha": "right", "fontsize": 7.5, **looks})

    text(0.06, 0.16, f"{title}: samples of every task after every task", ha="left", fontsize=10.5, fontweight="bold")
    top = TOP
    text(LEFT - 0.12, top + high / 2, "Real images", fontweight="bold", color=style.INK)
    for column, i in enumerate(indices):
        axes = panel(column, top)
        axes.set_title(f"Task {i}: {title_of[i]}", loc="left", pad=5, fontsize=8.5 if len(indices) <= 4 else 7)
        path = next(path for key, path in references.items() if int(key) == i)
        images.show(axes, images.mosaic(images.reference(path), rows, columns))
    top += high + BLOCK
    for method in methods:
        colour = style.look(method, methods)["color"]
        block = len(steps[method]) * (high + GAP) - GAP
        bar = (0.06 / width, 1 - (top + block) / height, 0.035 / width, block / height)
        figure.add_artist(_bar(figure, bar, colour))
        middle = top + block / 2
        text(
            0.24, middle, _wrapped(method, block), ha="center", rotation=90, fontweight="bold", color=colour, fontsize=8
        )
        for t in steps[method]:
            text(LEFT - 0.12, top + high / 2, f"after {t}", color=style.MUTED)
            for column, i in enumerate(indices):
                if i > t:
                    continue
                status = identity.status(table, method, t, i)
                made = loaded[method][t][0].get(i)
                if status != "ok" or made is None:
                    hole.fill(panel(column, top), status if status != "ok" else "no samples")
                else:
                    images.show(panel(column, top), images.mosaic(made, rows, columns))
            top += high + GAP
        top += BLOCK
    shown = quality[quality["spec"].isin(specs)] if specs else quality
    shown = shown if len(shown) else quality
    seeds = sorted({int(seed) for seed in shown["seed"]})
    note = (
        f"Experiment '{experiment}', tier '{tier}', seed {seeds[0]}; first images of each cell, not selected; "
        f"a column uses the same noise in every row.\n{identity.unchanged(table)}"
    )
    text(
        0.06,
        height - 0.26,
        style.wrapped(note, width),
        ha="left",
        va="top",
        fontsize=7,
        color=style.MUTED,
        linespacing=1.4,
    )
    caption = words.caption(
        "Samples of every task (columns) after every task (rows), per method, with real images on top. An empty place "
        "is a task not yet learned.",
        note,
        words.holes(shown[shown["method"].isin(methods)]),
    )
    return Drawing(figure, table, caption, specs)


def _bar(figure: Figure, box: tuple[float, float, float, float], colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(box[:2], box[2], box[3], facecolor=colour, linewidth=0, transform=figure.transFigure)


def _wrapped(method: str, inches: float) -> str:
    """The method's name, broken before its bracket where it would be longer than its block."""
    name = style.label(method)
    return name.replace(" (", "\n(") if len(name) * 0.075 > inches else name
