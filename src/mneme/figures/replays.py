"""What a classifier rehearses: replays of every class after the last task (GAN Memory, Figures 3c and 13)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from mneme.figures.kit import grid, images, notes, unchanged
from mneme.figures.kit.drawing import Context, Drawing

EACH = 12  # images of a class


def draw(context: Context, quality: pd.DataFrame, replays: Mapping[str, str | Path]) -> Drawing:
    """One column per method whose samples are replayed, one row per class, task by task.

    Args:
        replays: method -> samples.pt after the last task, in which the classes of a task take turns.
    """
    looks, methods = context.looks, context.looks.ordered(replays)
    made = {method: images.samples(replays[method]) for method in methods}
    specs = sorted({spec for _, spec in made.values()} - {""})
    quality = unchanged.of_specs(quality, specs)  # of this seed
    heads = {column: (looks.label(m), looks.of(m, methods)["color"]) for column, m in enumerate(methods)}
    bands, table = [], []
    for task in context.tasks:
        index, classes, rows = int(task["index"]), task["classes"], []
        for position, number in enumerate(classes):
            cells = []
            for method in methods:
                status = unchanged.ended(quality, method, index)
                found = made[method][0].get(index, ())[position :: len(classes)][:EACH]
                shown = status == "ok" and len(found)
                cells.append(grid.Cell(found) if shown else grid.Cell(None, "no samples" if status == "ok" else status))
                table.append({"method": method, "task": index, "class": number, "images": len(found), "status": status})
            rows.append(grid.Row(cells, f"class {number}"))
        bands.append(grid.Band(rows, context.names[index], heads={} if bands else heads))
    note = f"{context}, seed {quality['seed'].min()}; first images of each class, not selected."
    figure = grid.draw(bands, f"{context.title}: replays after the last task", note, shape=(1, EACH))
    caption = notes.caption(
        "What the classifier is given of earlier tasks: samples of every class (row) after the last task of the "
        "stream, for each generator (column) that a classifier replays. Its label is the class that was asked for.",
        note,
    )
    return Drawing(figure, pd.DataFrame(table), caption, specs)
