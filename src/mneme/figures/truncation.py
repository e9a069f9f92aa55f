"""Quality against the energy that is kept of one block's styles (GAN Memory, Figure 4b)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

COLUMNS = ["task", "block", "energy", "metric", "value", "real", "n", "seed", "stream", "method", "status", "spec"]


def draw(context: Context, styles_truncation: str | Path) -> Drawing:
    """FID (FID_clf where no Inception network was at hand), one line per block, the other blocks whole."""
    import seaborn

    rows = pd.DataFrame(files.read_json(Path(styles_truncation)), columns=COLUMNS)
    metric = scores.generative(rows, "fid")
    rows = rows[rows["metric"] == metric]
    blocks = sorted(set(rows["block"]))
    figure = Figure(figsize=(5.0, 3.5), layout="constrained")
    axes = figure.subplots()
    if len(rows):
        looks = {"hue": "block", "hue_order": blocks, "palette": "viridis", "style": "block", "style_order": blocks}
        mine = rows.assign(percent=100 * rows["energy"]).astype({"value": float})
        seaborn.lineplot(mine, x="percent", y="value", markers=True, dashes=False, ax=axes, errorbar=None, **looks)
        axes.legend(title=None)
        axes.axhline(rows["real"].mean(), **lines.REAL_LINE)
        lines.value_axis(axes, metric, pd.concat([rows["value"], rows["real"]]), room=0)
    axes.set_xlabel("Energy kept in the block (%)")
    axes.set_ylabel(style.metric_label(metric, arrow=True))
    which = ", ".join(f"'{context.names[task]}'" for task in sorted(set(rows["task"]))) or "none measured"
    note = f"{notes.note(rows, context) if len(rows) else ''} Task: {which}.".strip()
    style.heading(figure, f"{context.title}: truncated styles", note)
    caption = notes.caption(
        f"{style.metric_label(metric)} (lower is better) with the scales and shifts of one block at a time cut to a "
        "share of their energy, the sum of singular values; nothing is retrained.",
        notes.baseline(rows),
        note,
    )
    return Drawing(figure, rows[COLUMNS[:7]], caption, scores.specs(rows))
