"""Images of every category after the last task, method beside method (MeRGAN, Figure 2)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mneme.figures.kit import grid, images, notes, style, unchanged
from mneme.figures.kit.drawing import Context, Drawing

LATENTS = 6  # images of a category


def draw(
    context: Context,
    quality: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    references: Mapping[Any, str | Path],
) -> Drawing:
    """One block a method, real images first: rows are tasks, columns latent vectors, the same ones in every block.

    Args:
        samples: method -> {t: samples.pt}, all of one seed; the last t is shown.
        references: {i: real/task<i>/classifier.pt}.
    """
    names, methods = context.names, context.looks.ordered(samples)
    last = max(names)
    loaded = {m: {last: images.samples(images.of(samples[m], last))} for m in methods}
    found = unchanged.table(quality, loaded)
    real = [grid.Row([grid.Cell(images.reference(images.of(references, i)))], names[i]) for i in sorted(names)]
    bands = [grid.Band(real, heads={0: ("Real images", style.INK)})]
    for method in methods:
        cells = [unchanged.cell(found, loaded, method, last, i) for i in sorted(names)]
        rows = [grid.Row([cell], names[i]) for cell, i in zip(cells, sorted(names), strict=True)]
        head = (context.looks.label(method), context.looks.of(method, methods)["color"])
        bands.append(grid.Band(rows, heads={0: head}))
    across = min(len(bands), 4 if len(bands) in (4, 7, 8) else 5)
    note = (
        f"{context}, seed {int(found['seed'].iloc[0])}, after task {last}; rows are categories, columns "
        "latent vectors, the same in all blocks; first images, not selected."
    )
    title = f"{context.title}: every category after the last task"
    figure = grid.draw(bands, title, note, shape=(1, LATENTS), image=0.25, across=across)
    shown = found[["method", "seed", "checkpoint", "task", "status", "samples_sha256"]]
    caption = notes.caption(
        "Images of every category (rows) for the same latent vectors (columns) after the last task, per method; real "
        "images first. A method that forgets draws what it learned last in every row.",
        note,
        notes.missing(shown, context.looks),
    )
    return Drawing(figure, shown, caption, unchanged.specs(loaded))
