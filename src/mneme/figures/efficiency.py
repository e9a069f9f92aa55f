"""Quality against training step (GAN Memory, Figure 1b)."""

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures.kit import lines, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

ACROSS = 3


def draw(context: Context, curve: pd.DataFrame) -> Drawing:
    """One panel per task; variants of a method that is shown have a figure of their own, ``ablation``."""
    shown = set(curve["method"])
    variant = curve["method"].map(lambda name: "-" in name and name.partition("-")[0] in shown)
    return panels(context, curve[~variant.astype(bool)], context.title)


def panels(context: Context, curve: pd.DataFrame, title: str) -> Drawing:
    """FID (FID_clf where no Inception network was at hand) while each task is being learned."""
    metric, names = scores.generative(curve, "fid"), context.names
    curve = curve[(curve["metric"] == metric) & (curve["task"] >= 1)]
    methods = context.looks.ordered(curve["method"])
    across, down = min(ACROSS, len(names)), -(-len(names) // ACROSS)
    figure = Figure(figsize=(max(5.0, 2.55 * across), 1.1 + 2.5 * down), layout="constrained")
    grid = figure.add_gridspec(down + 1, across, height_ratios=[0.18, *[2.4] * down])
    points = scores.over_seeds(curve, ["task", "method", "step"])
    for position, (index, name) in enumerate(sorted(names.items())):
        axes = figure.add_subplot(grid[1 + position // across, position % across])
        panel = points[points["task"] == index]
        high = float(panel["step"].max()) if len(panel) else 1.0
        axes.set_xlim(-0.04 * high, 1.04 * high)
        room = lines.curves(axes, panel, "step", metric, methods, context.looks)
        if panel["real"].notna().any():
            axes.axhline(panel["real"].mean() * style.scale(metric), **lines.REAL_LINE)
        lines.value_axis(axes, metric, pd.concat([panel["mean"], panel["real"]]), room=room)
        axes.set_ylabel(style.metric_label(metric, arrow=True) if position % across == 0 else "")
        lines.steps_axis(axes)
        axes.set_xlabel("Training step")
        axes.set_title(f"Task {index}: {name}", loc="left")
    lines.legend(figure.add_subplot(grid[0, :]), methods, context.looks, columns=4, real=points["real"].notna().any())
    note = notes.note(curve, context)
    style.heading(figure, f"{title}: quality against training step", note)
    columns = ["metric", "task", "method", "step", "mean", "std", "n", "seeds", "status", "real"]
    caption = notes.caption(
        f"{style.metric_label(metric)} (lower is better) against training step, one panel per task.",
        notes.baseline(points),
        note,
    )
    return Drawing(figure, points.assign(metric=metric)[columns], caption, scores.specs(curve))
