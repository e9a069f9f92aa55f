"""What compression saves and costs (GAN Memory, Table 1 and Figure 15)."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import notes, scores, style
from mneme.figures.kit import table as drawer
from mneme.figures.kit.drawing import Context, Drawing

KINDS = ("compressed", "nothing cut", "uncompressed")  # `compression:` of a method's look
PALETTE = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#8C6BB1", "#3B3B3B")
TITLES = {"scale": "Scales Γ", "shift": "Shifts B"}


def draw(context: Context, parameters: str | Path, quality: pd.DataFrame) -> Drawing:
    """Above, parameters a task and FID with and without compression; below, the share of bases each task added.

    Between the two stands, where it was measured, the compressed chain with nothing cut: what chaining alone costs.

    Args:
        parameters: JSON of ``mneme.probes.sizes``, in which the compressed chain says what each task added.
    """
    import seaborn

    metric = scores.generative(quality, "fid")
    kinds = {look.get("compression"): method for method, look in context.looks.known.items()}
    methods = {kind: kinds.get(kind, "") for kind in KINDS}
    grown = files.read_json(Path(parameters))[methods["compressed"]]
    learned = quality[(quality["metric"] == metric) & (quality["checkpoint"] == quality["task"])]
    learned = learned[learned["method"].isin(methods.values())]
    table = pd.DataFrame(grown.get("tasks", []), columns=["task", "parameters", "naive"])
    table["share"] = table["parameters"] / table["naive"]
    rows = {
        "Parameters": [f"{n:,}" for n in table["parameters"]],
        "of uncompressed": [f"{100 * share:.1f} %" for share in table["share"]],
    }
    for kind, method in methods.items():
        values = table["task"].map(learned[learned["method"] == method].groupby("task")["value"].mean())
        table[f"{metric}_{kind.replace(' ', '_')}"] = values
        if kind != "nothing cut" or method in set(learned["method"]):
            cells = ["" if np.isnan(value) else style.number(metric, value) for value in values]
            rows[f"{style.metric_label(metric)}, {kind}"] = cells
    heads = [("", f"{task}: {context.names[task]}") for task in table["task"]]
    made = drawer.Table(heads, [drawer.Row(name, [*map(drawer.Cell, cells)]) for name, cells in rows.items()], "Task")
    figure = Figure(figsize=(7.6, 5.0), layout="constrained")
    grid = figure.subplot_mosaic([["table", "table"], ["scale", "shift"]], height_ratios=[1.3, 2])
    drawer.draw(grid["table"], made)
    matrices = pd.DataFrame(grown.get("matrices", []), columns=["task", "layer", "group", "added", "rank"])
    matrices = matrices.sort_values("layer")
    matrices["percent"] = 100 * matrices["added"] / matrices["rank"]
    for group, name in TITLES.items():
        bars = {"x": "task", "y": "percent", "hue": "layer", "saturation": 1, "errorbar": None, "ax": grid[group]}
        colours = [PALETTE[k % len(PALETTE)] for k in range(matrices["layer"].nunique())]
        mine = matrices[matrices["group"] == group]
        seaborn.barplot(mine, palette=colours[: mine["layer"].nunique()], legend=group == "shift", **bars)
        grid[group].set(xlabel="Task", ylabel="Share of the rank (%)" if group == "scale" else "")
        grid[group].set_title(f"{name}: bases added", loc="left")
    if grid["shift"].get_legend():
        grid["shift"].legend(title=None, ncols=2, fontsize=6.5)
    note = notes.note(learned if len(learned) else quality, context) + " Parameters and bases are the first seed's."
    style.heading(figure, f"{context.title}: compression", note)
    caption = notes.caption(
        f"Parameters each task adds to the compressed generator (its coefficients, new bases and other styles), their "
        f"share of the uncompressed style parameters, and {style.metric_label(metric)} right after the task with and "
        "without compression, and of the same chain with nothing cut; below, new bases of every matrix as a share of "
        "its rank.",
        note,
    )
    return Drawing(figure, table, caption, scores.specs(learned), made.frame())
