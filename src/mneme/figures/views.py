"""What each part of a style does (GAN Memory, Figure 2)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import images, style, tables, words
from mneme.figures.artefact import Drawing

GROUPS = {"none": "None", "scale": "Scales only", "shift": "Shifts only", "bias": "Biases only", "all": "All"}
BIASES = {"unbiased": "Without", "all": "With"}


def blocks(names: Sequence[str]) -> dict[str, str]:
    """``none``, ``to_FC``, ``to_B0``, ... with their titles."""
    return {"none": "None", **{name: f"+ {name.removeprefix('to_')}" for name in names if name.startswith("to_")}}


@style.themed
def draw(
    styles_images: str | Path, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str
) -> Drawing:
    """One row of panels per task; panels are the views, each a column of images from the same noise.

    Args:
        styles_images: ``images.pt`` of the styles job.
    """
    loaded = files.load(Path(styles_images))
    names = tables.names(tasks)
    shown = {int(index): found for index, found in loaded["views"].items()}
    groups = {"(a) groups": GROUPS, "(b) biases": BIASES}
    if shown:
        groups["(c) block after block"] = blocks(list(next(iter(shown.values()))))
    width = sum(len(group) for group in groups.values()) + 0.6 * (len(groups) - 1)
    count = max((len(found["all"]) for found in shown.values()), default=1)
    figure = Figure(figsize=(1.2 + 0.62 * width, 0.9 + len(shown) * (0.62 * count + 0.4)), layout="constrained")
    panels = figure.subfigures(max(1, len(shown)), 1, squeeze=False)[:, 0]
    rows = []
    for panel, (index, found) in zip(panels, shown.items(), strict=False):
        grid = panel.subplots(1, len(groups), width_ratios=[len(group) for group in groups.values()], squeeze=False)[0]
        for axes, (letter, group) in zip(grid, groups.items(), strict=True):
            columns = [images.mosaic(found[view].numpy(), len(found[view]), 1) for view in group]
            wide = columns[0].shape[1]
            images.show(axes, images.beside(columns))
            for k, name in enumerate(group.values()):
                axes.text((k + 0.5) * (wide + images.RULE), -4, name, ha="left", va="bottom", rotation=35, fontsize=6.5)
            axes.text(0, 1.28, f"Task {index}: {names[index]} {letter}", transform=axes.transAxes, fontweight="bold")
            for view, name in group.items():
                rows.append({"task": index, "panel": letter, "view": view, "name": name, "images": len(found[view])})
    note = (
        f"Experiment '{experiment}', tier '{tier}', seed {loaded['seed']}; one trained style set a task, "
        "nothing retrained; a row of images is made from the same noise in every view."
    )
    style.heading(figure, f"{title}: what each part of a style does", note)
    caption = words.caption(
        "Views of one trained style set: (a) each group of style parameters alone, between the source and all of them; "
        "(b) all of them without and with biases; (c) the fully connected layer, then block after block added.",
        note,
    )
    return Drawing(figure, pd.DataFrame(rows), caption, [loaded["spec"]])
