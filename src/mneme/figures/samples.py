"""Samples of the tasks after the tasks of a stream (GAN Memory, Figures 5 and 11)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mneme.figures.kit import grid, images, notes, style, unchanged
from mneme.figures.kit.drawing import Context, Drawing

EACH = 5  # with more tasks only the first, the middle and the last have a row, so that all methods fit a page


def draw(
    context: Context,
    quality: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    references: Mapping[Any, str | Path],
) -> Drawing:
    """One band of rows per method: row t shows the samples after task t, column i those of task i <= t.

    With more than five tasks, rows are those after the first, the middle and the last. Real images stand on top. Every
    row of a column is made from the same noise, so an image that differs from the one above it shows a generator that
    changed. What ``quality`` says is missing is hatched.

    Args:
        samples: method -> {t: samples.pt}, all of one seed.
        references: {i: real/task<i>/classifier.pt}.
    """
    names, methods = context.names, context.looks.ordered(samples)
    indices = sorted(names)
    loaded = {m: {int(t): images.samples(path) for t, path in samples[m].items()} for m in methods}
    specs, table = unchanged.specs(loaded), unchanged.table(quality, loaded)
    heads = {column: (f"Task {i}: {names[i]}", style.INK) for column, i in enumerate(indices)}
    real = [grid.Cell(images.reference(images.of(references, i))) for i in indices]
    bands = [grid.Band([grid.Row(real)], "Real images", heads=heads)]
    for method in methods:
        rows = [
            grid.Row([unchanged.cell(table, loaded, method, t, i) for i in indices if i <= t], f"after {t}")
            for t in after(sorted(loaded[method]))
        ]
        bands.append(grid.Band(rows, context.looks.label(method), context.looks.of(method, methods)["color"]))
    shown = unchanged.of_specs(quality, specs)
    note = (
        f"{context}, seed {int(shown['seed'].min())}; first images of each cell, not selected; "
        f"a column uses the same noise in every row.\n{unchanged.counts(table, context.looks)}"
    )
    shape = (2 if len(indices) <= 4 else 1, max(3, min(8, 26 // len(indices))))
    every = "every task" if len(indices) <= EACH else "the first, the middle and the last task"
    figure = grid.draw(bands, f"{context.title}: samples of every task after {every}", note, shape=shape)
    caption = notes.caption(
        f"Samples of every task (columns) after {every} (rows), per method, with real images on top. An empty place "
        "is a task not yet learned.",
        note,
        notes.missing(shown[shown["method"].isin(methods)], context.looks),
    )
    return Drawing(figure, table, caption, specs)


def after(checkpoints: list[int]) -> list[int]:
    """The tasks whose checkpoints have a row."""
    if len(checkpoints) <= EACH:
        return checkpoints
    return [checkpoints[0], checkpoints[(len(checkpoints) - 1) // 2], checkpoints[-1]]
