"""Quality against the energy that is kept of one block's styles (GAN Memory, Figure 4b)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import lines, style, tables, words
from mneme.figures.artefact import Drawing

COLUMNS = ["task", "block", "energy", "metric", "value", "real", "n", "seed", "stream", "method", "status", "spec"]


@style.themed
def draw(
    styles_truncation: str | Path, tasks: Sequence[dict[str, Any]], *, tier: str, experiment: str, title: str
) -> Drawing:
    """FID (FID_clf where no Inception network was at hand), one line per block, the other blocks whole."""
    rows = pd.DataFrame(files.read_json(Path(styles_truncation)), columns=COLUMNS)
    metric = tables.generative(rows, "fid")
    rows = rows[rows["metric"] == metric]
    blocks = sorted(set(rows["block"]))
    figure = Figure(figsize=(5.0, 3.5), layout="constrained")
    axes = figure.subplots()
    colours = matplotlib.colormaps["viridis"].resampled(max(2, len(blocks)))
    for k, block in enumerate(blocks):
        mine = rows[rows["block"] == block].sort_values("energy")
        axes.plot(100 * mine["energy"], mine["value"], color=colours(k), marker="osD^vPX"[k % 7], label=block)
    if len(rows):
        axes.axhline(rows["real"].mean(), **lines.REAL_LINE)
        lines.value_axis(axes, metric, pd.concat([rows["value"], rows["real"]]), room=0)
    axes.set_xlabel("Energy kept in the block (%)")
    axes.set_ylabel(style.metric_label(metric, arrow=True))
    axes.legend()
    which = ", ".join(f"'{tables.names(tasks)[task]}'" for task in sorted(set(rows["task"]))) or "none measured"
    note = f"{words.note(rows, tier, experiment) if len(rows) else ''} Task: {which}.".strip()
    style.heading(figure, f"{title}: truncated styles", note)
    caption = words.caption(
        f"{style.metric_label(metric)} (lower is better) with the scales and shifts of one block at a time cut to a "
        "share of their energy, the sum of singular values; nothing is retrained. The dashed line is the same measure "
        "between two sets of real images.",
        note,
    )
    return Drawing(figure, rows[COLUMNS[:7]], caption, tables.specs(rows))
