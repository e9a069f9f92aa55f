"""How low the rank of the styles is (GAN Memory, Figures 4a and 14)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

COLUMNS = ["task", "layer", "group", "index", "value", "seed", "spec"]
TITLES = {"scale": "Scales Γ", "shift": "Shifts B"}


def draw(context: Context, styles_singular: str | Path) -> Drawing:
    """One row per task: singular values of Γ and B of every convolution, both axes divided by their maximum.

    The first row (task 0) shows the base GAN's own matrices, to which each task adds its own.
    """
    import seaborn

    table = pd.DataFrame(files.read_json(Path(styles_singular)), columns=COLUMNS)
    keys = ["task", "layer", "group"]
    tops = table.groupby(keys)[["index", "value"]].transform("max").clip(lower=1e-30)
    table["x"], table["y"] = table["index"] / tops["index"].clip(lower=1), table["value"] / tops["value"]
    shown, layers = sorted(set(table["task"])), sorted(set(table["layer"]))
    figure = Figure(figsize=(7.6, 0.9 + 2.4 * max(1, len(shown))), layout="constrained")
    grid = figure.subplots(max(1, len(shown)), 2, squeeze=False, sharex=True, sharey=True)
    for row, task in zip(grid, shown, strict=False):
        for axes, (group, name) in zip(row, TITLES.items(), strict=True):
            mine = table[(table["task"] == task) & (table["group"] == group)]
            looks = {"hue": "layer", "hue_order": layers, "palette": "viridis", "linewidth": 1.1, "estimator": None}
            seaborn.lineplot(mine, x="x", y="y", ax=axes, legend=group == "shift" and task == shown[0], **looks)
            axes.set(xlabel="", ylabel="")
            whose = f"task {task}: {context.names[task]}" if task else "of the base GAN itself"
            axes.set_title(f"{name}, {whose}", loc="left")
        row[0].set_ylabel("Singular value / maximum")
    for axes in grid[-1]:
        axes.set_xlabel("Index / maximum")
    if shown:
        grid[0][1].legend(title=None, ncols=2, fontsize=6.5)
    seeds = notes.listed([str(seed) for seed in sorted(set(table["seed"]))] or ["none"])
    note = f"{context}, seed {seeds}; BmLn is convolution n of block m, B0 next to z."
    style.heading(figure, f"{context.title}: singular values of the styles", note)
    caption = notes.caption(
        "Singular values of the scales Γ (left) and shifts B (right) of every convolution, both axes divided by their "
        "maximum. The sooner a curve falls, the lower the rank.",
        note,
    )
    return Drawing(figure, table.drop(columns="spec"), caption, scores.specs(table))
