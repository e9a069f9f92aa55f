"""What each part of a style does (GAN Memory, Figure 2)."""

from pathlib import Path

import pandas as pd

from mneme import files
from mneme.figures.kit import grid, notes, style
from mneme.figures.kit.drawing import Context, Drawing

GROUPS = {"none": "None", "scale": "Scales only", "shift": "Shifts only", "bias": "Biases only", "all": "All"}
BIASES = {"unbiased": "Without", "all": "With"}


def draw(context: Context, styles_images: str | Path) -> Drawing:
    """One band per task; columns are views in three groups, rows are noises.

    Args:
        styles_images: ``images.pt`` of the styles job.
    """
    loaded = files.load(Path(styles_images))
    shown = {int(index): found for index, found in loaded["views"].items()}
    blocks = [name for name in next(iter(shown.values()), {}) if name.startswith("to_")]
    after = {"none": "None", **{name: f"+ {name.removeprefix('to_')}" for name in blocks}}
    panels = {"(a) groups": GROUPS, "(b) biases": BIASES, "(c) block after block": after}
    columns, heads = [], {}
    for panel, group in panels.items():
        heads[len(columns)] = (panel, style.INK)
        columns += [(panel, view, name) for view, name in group.items()]
    top = {"heads": heads, "ticks": [name for _, _, name in columns]}
    count = max((len(found["all"]) for found in shown.values()), default=1)
    bands, rows = [], []
    for index, found in shown.items():
        cells = [grid.Cell(found[view].numpy()) for _, view, _ in columns]
        label = f"Task {index}: {context.names[index]}"
        bands.append(grid.Band([grid.Row(cells)], label, **({} if bands else top)))
        for panel, view, name in columns:
            rows.append({"task": index, "panel": panel, "view": view, "name": name, "images": len(found[view])})
    note = (
        f"{context}, seed {loaded['seed']}; one trained style set a task, nothing retrained; a row of images is made "
        "from the same noise in every view."
    )
    title = f"{context.title}: what each part of a style does"
    figure = grid.draw(bands, title, note, shape=(count, 1), image=0.55)
    caption = notes.caption(
        "Views of one trained style set: (a) each group of style parameters alone, between the source and all of them; "
        "(b) all of them without and with biases; (c) the fully connected layer, then block after block added.",
        note,
    )
    return Drawing(figure, pd.DataFrame(rows), caption, [loaded["spec"]])
