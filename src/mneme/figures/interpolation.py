"""Ways from one generative process to the next (GAN Memory, Figures 3b and 7 to 10)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import images, style, tables, words
from mneme.figures.artefact import Drawing


@style.themed
def draw(
    styles_images: str | Path, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str
) -> Drawing:
    """One panel per way, the source first; a row is one noise, its columns the style's way from end to end."""
    loaded = files.load(Path(styles_images))
    names, ways = {0: "source", **tables.names(tasks)}, loaded["ways"]
    count, columns = next(iter(ways.values())).shape[:2] if ways else (1, 1)
    down = max(1, len(ways))
    size = (0.8 + images.INCHES * columns, 1.2 + (images.INCHES * count + 0.35) * down)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, 1, squeeze=False)[:, 0]
    rows = []
    for axes, (way, made) in zip(grid, ways.items(), strict=False):
        first, last = map(int, way.split("-"))
        heads = [f"{round(100 * k / (columns - 1))} %" for k in range(columns)]
        images.strips(axes, [made[:, k].numpy() for k in range(columns)], heads)
        axes.set_title(f"From {names[first]} to {names[last]}", loc="left", pad=14)
        distance = (made[:, 1:].float() - made[:, :-1].float()).square().mean((0, 2, 3, 4)).sqrt()
        for k in range(columns):
            moved = float(distance[k - 1]) if k else float("nan")
            rows.append({"from": first, "to": last, "share": k / (columns - 1), "images": count, "moved": moved})
    note = (
        f"Experiment '{experiment}', tier '{tier}', seed {loaded['seed']}; a row is one noise, its columns mix "
        "two style sets evenly; nothing is retrained."
    )
    style.heading(figure, f"{title}: interpolation between generative processes", note)
    caption = words.caption(
        "Interpolation between style sets for fixed noise: from the source to the first task, and from each task to "
        "the next. The table's 'moved' is the root mean squared change of grey levels from the column before.",
        note,
    )
    return Drawing(figure, pd.DataFrame(rows), caption, [loaded["spec"]])
