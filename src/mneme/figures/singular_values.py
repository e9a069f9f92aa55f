"""How low the rank of the styles is (GAN Memory, Figures 4a and 14)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import style, tables, words
from mneme.figures.artefact import Drawing

COLUMNS = ["task", "layer", "group", "index", "value", "seed", "spec"]
TITLES = {"scale": "Scales Γ", "shift": "Shifts B"}


@style.themed
def draw(
    styles_singular: str | Path, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str
) -> Drawing:
    """One row per task: singular values of Γ and B of every convolution, both axes divided by their maximum."""
    table = pd.DataFrame(files.read_json(Path(styles_singular)), columns=COLUMNS)
    keys = ["task", "layer", "group"]
    tops = table.groupby(keys)[["index", "value"]].transform("max").clip(lower=1e-30)
    table["x"], table["y"] = table["index"] / tops["index"].clip(lower=1), table["value"] / tops["value"]
    names, shown, layers = tables.names(tasks), sorted(set(table["task"])), sorted(set(table["layer"]))
    figure = Figure(figsize=(7.6, 0.9 + 2.4 * max(1, len(shown))), layout="constrained")
    grid = figure.subplots(max(1, len(shown)), 2, squeeze=False, sharex=True, sharey=True)
    colours = matplotlib.colormaps["viridis"].resampled(max(2, len(layers)))
    for row, task in zip(grid, shown, strict=False):
        for axes, (group, name) in zip(row, TITLES.items(), strict=True):
            for k, layer in enumerate(layers):
                mine = table[(table["task"] == task) & (table["layer"] == layer) & (table["group"] == group)]
                axes.plot(mine["x"], mine["y"], color=colours(k), linewidth=1.1, label=layer)
            axes.set_title(f"{name}, task {task}: {names[task]}", loc="left")
        row[0].set_ylabel("Singular value / maximum")
    for axes in grid[-1]:
        axes.set_xlabel("Index / maximum")
    grid[0][1].legend(ncols=2, fontsize=6.5)
    seeds = words.listed([str(seed) for seed in sorted(set(table["seed"]))] or ["none"])
    note = f"Experiment '{experiment}', tier '{tier}', seed {seeds}; BmLn is convolution n of block m, B0 next to z."
    style.heading(figure, f"{title}: singular values of the styles", note)
    caption = words.caption(
        "Singular values of the scales Γ (left) and shifts B (right) of every convolution, both axes divided by their "
        "maximum. The sooner a curve falls, the lower the rank.",
        note,
    )
    return Drawing(figure, table.drop(columns="spec"), caption, tables.specs(table))
