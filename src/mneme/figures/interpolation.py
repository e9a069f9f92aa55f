"""Ways from one generative process to the next (GAN Memory, Figures 3b and 7 to 10)."""

from pathlib import Path

import pandas as pd

from mneme import files
from mneme.figures.kit import grid, notes, style
from mneme.figures.kit.drawing import Context, Drawing


def draw(context: Context, styles_images: str | Path) -> Drawing:
    """One band per way, the source first; a row is one noise, its columns the style's way from end to end."""
    loaded = files.load(Path(styles_images))
    names, ways = {0: "source", **context.names}, loaded["ways"]
    count, columns = next(iter(ways.values())).shape[:2] if ways else (1, 1)
    bands, rows = [], []
    for way, made in ways.items():
        first, last = map(int, way.split("-"))
        ticks = [f"{round(100 * k / (columns - 1))} %" for k in range(columns)]
        cells = [grid.Cell(made[:, k].numpy()) for k in range(columns)]
        heads = {0: (f"From {names[first]} to {names[last]}", style.INK)}
        bands.append(grid.Band([grid.Row(cells)], heads=heads, ticks=ticks))
        distance = (made[:, 1:].float() - made[:, :-1].float()).square().mean((0, 2, 3, 4)).sqrt()
        for k in range(columns):
            moved = float(distance[k - 1]) if k else float("nan")
            rows.append({"from": first, "to": last, "share": k / (columns - 1), "images": count, "moved": moved})
    note = (
        f"{context}, seed {loaded['seed']}; a row is one noise, its columns mix two style sets evenly; nothing is "
        "retrained."
    )
    title = f"{context.title}: interpolation between generative processes"
    figure = grid.draw(bands, title, note, shape=(count, 1), image=0.55)
    caption = notes.caption(
        "Interpolation between style sets for fixed noise: from the source to the first task, and from each task to "
        "the next. The table's 'moved' is the root mean squared change of grey levels from the column before.",
        note,
    )
    return Drawing(figure, pd.DataFrame(rows), caption, [loaded["spec"]])
