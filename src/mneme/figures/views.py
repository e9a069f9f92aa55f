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
    """One row of panels per task; a panel's columns are views, its rows noises.

    Args:
        styles_images: ``images.pt`` of the styles job.
    """
    loaded = files.load(Path(styles_images))
    names = tables.names(tasks)
    shown = {int(index): found for index, found in loaded["views"].items()}
    groups = {"(a) groups": GROUPS, "(b) biases": BIASES}
    if shown:
        groups["(c) block after block"] = blocks(list(next(iter(shown.values()))))
    wide = [len(group) for group in groups.values()]
    count = max((len(found["all"]) for found in shown.values()), default=1)
    down = max(1, len(shown))
    size = (0.8 + images.INCHES * (sum(wide) + 0.5 * len(wide)), 1.6 + images.INCHES * (count + 0.3) * down)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(down, len(groups), width_ratios=wide, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()  # where every task diverged there is nothing to see
    rows = []
    for line, (index, found) in zip(grid, shown.items(), strict=False):
        first = index == next(iter(shown))
        images.row_label(line[0], f"Task {index}: {names[index]}")
        for axes, (letter, group) in zip(line, groups.items(), strict=True):
            images.strips(axes, [found[v].numpy() for v in group], [*group.values()] if first else (), turned=True)
            if first:
                axes.set_title(letter, loc="left", pad=32)
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
