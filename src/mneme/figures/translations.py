"""What each method makes of the same given images after the last task (Hyper-LifelongGAN, Figures 3 and 4)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mneme.figures.kit import grid, images, notes, style, unchanged
from mneme.figures.kit.drawing import Context, Drawing

EACH = 4  # given images of a task
INCHES, LETTER = 0.85, 0.085  # of an image at least, and of a letter above it


def draw(
    context: Context,
    quality: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    references: Mapping[Any, str | Path],
) -> Drawing:
    """One band per task: the given image, its target where tasks are paired, and the image that each method makes.

    Args:
        samples: method -> {t: samples.pt}, all of one seed; the last task is shown.
        references: {i: real/task<i>/classifier.pt} with the given images of the test split.
    """
    methods, last = context.looks.ordered(samples), max(context.names)
    made = {method: images.samples(images.of(samples[method], last)) for method in methods}
    specs = sorted({spec for _, spec in made.values()} - {""})
    shown = unchanged.of_specs(quality, specs)
    known = {index: images.asked(images.of(references, index)) for index in context.names}
    paired = any(targets is not None for _, targets in known.values())
    columns = ["Input", *(["Target"] if paired else []), *map(context.looks.label, methods)]
    colours = [style.INK] * (len(columns) - len(methods)) + [context.looks.of(m, methods)["color"] for m in methods]
    bands, table = [], []
    for index, name in context.names.items():
        given, targets = known[index]
        status = {method: unchanged.ended(shown, method, index) for method in methods}
        kept = [len(found) for method in methods if (found := made[method][0].get(index)) is not None]
        rows = []
        for place in _spread(min([len(given), *kept])):
            cells = [grid.Cell(given[place : place + 1])]
            cells += [grid.Cell(None if targets is None else targets[place : place + 1], "no pairs")] if paired else []
            for method in methods:
                found = made[method][0].get(index)
                cells.append(grid.Cell(None if found is None else found[place : place + 1], status[method]))
            rows.append(grid.Row(cells))
        heads = {} if bands else {column: head for column, head in enumerate(zip(columns, colours, strict=True))}
        bands.append(grid.Band(rows, f"Task {index}: {name}", heads=heads))
        table += [{"method": m, "task": index, "images": len(rows), "status": status[m]} for m in methods]
    note = f"{context}, seed {int(shown['seed'].min())}; evenly spaced test images, not selected; one row of noise."
    wide = max(INCHES, LETTER * max(map(len, columns)))
    figure = grid.draw(bands, f"{context.title}: translations after the last task", note, image=wide)
    caption = notes.caption(
        "Given images of the test split, their targets where they have one, and what each method makes of them after "
        "the last task of the stream, all under the same noise.",
        note,
        notes.missing(shown[shown["method"].isin(methods)], context.looks),
    )
    return Drawing(figure, pd.DataFrame(table), caption, specs)


def _spread(count: int) -> list[int]:
    """Up to EACH places among ``count`` images, evenly spaced."""
    each = min(EACH, count)
    return [place * count // each for place in range(each)]
