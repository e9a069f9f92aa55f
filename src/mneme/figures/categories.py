"""Images of every category after the last task, method beside method (MeRGAN, Figure 2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme.figures import hole, identity, images, style, tables, words
from mneme.figures.artefact import Drawing

LATENTS = 6  # images of a category
PANEL, ROW, LEFT, TOP, BOTTOM = 1.5, 0.25, 0.75, 0.6, 0.35  # inches


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
    """One block a method, real images first: rows are tasks, columns latent vectors, the same ones in every block.

    Args:
        samples: method -> {t: samples.pt}, all of one seed; the last t is shown.
        references: {i: reference.pt}.
    """
    names, methods = tables.names(tasks), style.ordered(samples)
    last = max(names)
    loaded = {m: {last: images.samples(images.of(samples[m], last))} for m in methods}
    found = identity.table(quality, loaded)
    blocks = 1 + len(methods)
    across = min(blocks, 4 if blocks in (4, 7, 8) else 5)
    down = -(-blocks // across)
    high = ROW * len(names)
    width, height = LEFT + across * PANEL * 1.08, TOP + down * (high + 0.35) + BOTTOM
    figure = Figure(figsize=(width, height))

    def panel(block: int, row: int) -> Axes:
        left = LEFT + (block % across) * PANEL * 1.08
        bottom = height - TOP - (block // across) * (high + 0.35) - (row + 1) * ROW
        return figure.add_axes((left / width, bottom / height, PANEL / width, ROW * 0.96 / height))

    for block, method in enumerate([None, *methods]):
        colour = style.INK if method is None else style.look(method, methods)["color"]
        for row, i in enumerate(sorted(names)):
            axes = panel(block, row)
            status = "ok" if method is None else identity.status(found, method, last, i)
            made = images.reference(images.of(references, i)) if method is None else loaded[method][last][0].get(i)
            if status != "ok" or made is None:
                hole.fill(axes, status if status != "ok" else "no samples", 5)
            else:
                images.show(axes, images.mosaic(made, 1, LATENTS))
                axes.set_anchor("W")
            if row == 0:
                name = "Real images" if method is None else style.label(method)
                axes.set_title(name, loc="left", pad=4, fontsize=8, color=colour)
            if block % across == 0:
                axes.text(-0.04, 0.5, names[i], transform=axes.transAxes, ha="right", va="center", fontsize=7)
    figure.text(
        0.06 / width, 1 - 0.2 / height, f"{title}: every category after the last task", fontsize=10.5, weight="bold"
    )
    seed = int(found["seed"].iloc[0])
    note = (
        f"Experiment '{experiment}', tier '{tier}', seed {seed}, after task {last}; rows are categories, columns "
        "latent vectors, the same in all blocks; first images, not selected."
    )
    looks = {"fontsize": 7, "color": style.MUTED, "linespacing": 1.4, "va": "top"}
    figure.text(0.06 / width, 0.45 / height, style.wrapped(note, width), **looks)
    shown = found[["method", "seed", "checkpoint", "task", "status", "samples_sha256"]]
    caption = words.caption(
        "Images of every category (rows) for the same latent vectors (columns) after the last task, per method; real "
        "images first. A method that forgets draws what it learned last in every row.",
        note,
        words.holes(shown),
    )
    specs = sorted({spec for cells in loaded.values() for _, spec in cells.values()} - {""})
    return Drawing(figure, shown, caption, specs)
