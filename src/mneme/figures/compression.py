"""What compression saves and costs (GAN Memory, Table 1 and Figure 15)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import style, tables, words
from mneme.figures.artefact import Drawing
from mneme.methods.gan_memory.counting import count

COMPRESSED, NAIVE = "gan_memory_compressed", "gan_memory"
QUALITY = {"compressed": COMPRESSED, "nothing cut": "gan_memory_compressed-whole", "uncompressed": NAIVE}
PALETTE = ("#0072B2", "#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#8C6BB1", "#3B3B3B")
TITLES = {"scale": "Scales Γ", "shift": "Shifts B"}


@style.themed
def draw(
    compressed: str | Path,
    quality: pd.DataFrame,
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """Above, parameters a task and FID with and without compression; below, the share of bases each task added.

    Between the two stands, where it was measured, the compressed chain with nothing cut: what chaining alone costs.

    Args:
        compressed: the last checkpoint of the first seed's chain, which holds every task.
    """
    checkpoint = files.load(Path(compressed))
    per_task, per_matrix = count(checkpoint["state"])
    names, metric = tables.names(tasks), tables.generative(quality, "fid")
    learned = quality[(quality["metric"] == metric) & (quality["checkpoint"] == quality["task"])]
    table = pd.DataFrame(per_task)
    table["share"] = table["parameters"] / table["naive"]
    for name, method in QUALITY.items():
        rows = learned[learned["method"] == method]
        table[f"{metric}_{name.replace(' ', '_')}"] = table["task"].map(rows.groupby("task")["value"].mean())
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    grid = figure.subplot_mosaic([["table", "table"], ["scale", "shift"]], height_ratios=[1.1, 2])
    rows = {
        "Parameters": [f"{n:,}" for n in table["parameters"]],
        "of uncompressed": [f"{100 * share:.1f} %" for share in table["share"]],
    }
    for name, method in QUALITY.items():
        values = table[f"{metric}_{name.replace(' ', '_')}"]
        if method in set(learned["method"]) or method != QUALITY["nothing cut"]:
            cells = ["" if np.isnan(value) else style.number(metric, value) for value in values]
            rows[f"{style.metric_label(metric)}, {name}"] = cells
    _table(grid["table"], rows, [f"{task}: {names[task]}" for task in table["task"]])
    matrices = pd.DataFrame(per_matrix, columns=["task", "layer", "group", "added", "rank"])
    for group, name in TITLES.items():
        bars(grid[group], matrices[matrices["group"] == group])
        grid[group].set_title(f"{name}: bases added", loc="left")
    grid["scale"].set_ylabel("Share of the rank (%)")
    grid["shift"].legend(ncols=2, fontsize=6.5)
    mine = learned[learned["method"].isin(QUALITY.values())]
    note = words.note(mine if len(mine) else quality, tier, experiment) + " Parameters and bases are the first seed's."
    style.heading(figure, f"{title}: compression", note)
    caption = words.caption(
        f"Parameters each task adds to the compressed generator (its coefficients, new bases and other styles), their "
        f"share of the uncompressed style parameters, and {style.metric_label(metric)} right after the task with and "
        "without compression, and of the same chain with nothing cut; below, new bases of every matrix as a share of "
        "its rank.",
        note,
    )
    return Drawing(figure, table, caption, sorted({checkpoint["spec"], *tables.specs(mine)}))


def _table(axes: Axes, rows: dict[str, list[str]], heads: list[str]) -> None:
    """Cells in the middle of their column, a rule above and below the heads and one at the end."""
    axes.set_axis_off()
    made = axes.table(list(rows.values()), rowLabels=list(rows), colLabels=heads, loc="center", cellLoc="center")
    made.scale(1, 1.25)
    for (row, column), cell in made.get_celld().items():
        cell.visible_edges = {0: "TB", len(rows): "B"}.get(row, "") if column >= 0 else ""


def bars(axes: Axes, matrices: pd.DataFrame) -> None:
    """A group of bars a task, a bar a layer."""
    layers, tasks = sorted(set(matrices["layer"])), sorted(set(matrices["task"]))
    wide = 0.8 / max(1, len(layers))
    for k, layer in enumerate(layers):
        mine = matrices[matrices["layer"] == layer].set_index("task").loc[tasks]
        place = np.arange(len(tasks)) + wide * (k - (len(layers) - 1) / 2)
        axes.bar(place, 100 * mine["added"] / mine["rank"], wide, label=layer, color=PALETTE[k % len(PALETTE)])
    axes.set_xticks(range(len(tasks)), tasks)
    axes.set_xlabel("Task")
