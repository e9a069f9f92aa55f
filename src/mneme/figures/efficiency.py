"""Quality against training step (GAN Memory, Figure 1b)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import lines, style, tables, words
from mneme.figures.artefact import Drawing

ACROSS = 3
ABLATIONS = ("gan_memory-no_norm", "gan_memory-no_bias")  # they have a figure of their own


@style.themed
def draw(
    curve: pd.DataFrame,
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
    leave_out: Sequence[str] = ABLATIONS,
) -> Drawing:
    """One panel per task: FID (FID_clf where no Inception network was at hand) while the task is being learned."""
    curve = curve[~curve["method"].isin(leave_out)]
    metric = tables.generative(curve, "fid")
    curve = curve[(curve["metric"] == metric) & (curve["task"] >= 1)]
    methods = style.ordered(curve["method"])
    across, down = min(ACROSS, len(tasks)), -(-len(tasks) // ACROSS)
    figure = Figure(figsize=(max(5.0, 2.55 * across), 1.1 + 2.5 * down), layout="constrained")
    grid = figure.add_gridspec(down + 1, across, height_ratios=[0.18, *[2.4] * down])
    points = tables.over_seeds(curve, ["task", "method", "step"])
    for place, index in enumerate(sorted(tables.names(tasks))):
        axes = figure.add_subplot(grid[1 + place // across, place % across])
        panel = points[points["task"] == index]
        axes.set_xlim(*_range(panel["step"]))
        row = 0
        for method in methods:
            mine = panel[panel["method"] == method].reset_index(drop=True)
            lines.curve(axes, mine, "step", method, methods, metric)
            lines.holes(axes, mine, "step", method, methods, metric, row)
            row += int((mine["n"] == 0).any())
        if panel["real"].notna().any():
            axes.axhline(panel["real"].mean() * style.scale(metric), **lines.REAL_LINE)
        lines.value_axis(axes, metric, pd.concat([panel["mean"], panel["real"]]), room=row)
        axes.set_ylabel(style.metric_label(metric, arrow=True) if place % across == 0 else "")
        lines.steps_axis(axes)
        axes.set_xlabel("Training step")
        axes.set_title(f"Task {index}: {tables.names(tasks)[index]}", loc="left")
    lines.legend(figure.add_subplot(grid[0, :]), methods, columns=4)
    style.heading(figure, f"{title}: quality against training step", words.note(curve, tier, experiment))
    table = points.assign(metric=metric)[
        ["metric", "task", "method", "step", "mean", "std", "n", "seeds", "status", "real"]
    ]
    caption = words.caption(
        f"{style.metric_label(metric)} (lower is better) against training step, one panel per task. The dashed line "
        "is the same measure between two sets of real images.",
        words.note(curve, tier, experiment),
    )
    return Drawing(figure, table, caption, tables.specs(curve))


def _range(steps: pd.Series) -> tuple[float, float]:
    """From step 0 to the panel's last one, with a margin of 4 %."""
    high = float(steps.max()) if len(steps) else 1.0
    return -0.04 * high, 1.04 * high
