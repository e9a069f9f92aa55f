"""The table of all methods, as a picture and as numbers."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme.evaluation.measures import METRICS, UNDIRECTED, lower_is_better
from mneme.figures import hole, style, tables, words
from mneme.figures.artefact import Drawing

FORGETTING = ("fid", "fid_clf", "task_accuracy")
NAME, COLUMN, ROW = 1.8, 1.0, 0.3  # inches


@style.themed
def draw(
    quality: pd.DataFrame,
    summary: pd.DataFrame,
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """Final quality (mean over tasks after the last one) and forgetting of every method, mean ± std over seeds.

    The best number of each column is bold, upper bounds aside: they have all data at once, or keep
    a whole network for each task.
    """
    quality = quality[(quality["task"] >= 1) & (quality["method"] != "base")]
    summary = summary[summary["method"] != "base"]
    table = _table(summary)
    floor = _floor(quality, len(tasks))
    columns = [("final_mean", metric) for metric in tables.measured(summary, [*METRICS])]
    if len(tasks) > 1:
        columns += [("forgetting", metric) for metric in tables.measured(summary, FORGETTING)]
    methods = style.ordered(summary["method"])
    bounds = [method for method in methods if method in style.UPPER_BOUNDS]
    rows = bounds + [method for method in methods if method not in bounds]
    width = NAME + COLUMN * len(columns)
    height = ROW * (len(rows) + 2.7)
    figure = Figure(figsize=(width, height + 0.85), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, width), ylim=(len(rows) + 0.5, -2.2))
    axes.set_axis_off()
    _header(axes, columns, width)
    for place, method in enumerate(rows):
        looks = style.look(method, methods)
        axes.plot([0.09], [place], markersize=5, linestyle="none", **looks)
        axes.text(0.24, place, style.label(method), va="center", fontsize=8)
        for column, (statistic, metric) in enumerate(columns):
            middle = NAME + COLUMN * (column + 0.5)
            _cell(axes, middle, place, _row(table, method, metric, statistic), best=method not in bounds)
    _rule(axes, len(rows) - 0.5, width, 0.5)
    if bounds and len(bounds) < len(rows):
        _rule(axes, len(bounds) - 0.5, width, 0.5)
    axes.text(0.24, len(rows), "Real against real", va="center", fontsize=8, color=style.MUTED)
    for column, (statistic, metric) in enumerate(columns):
        if statistic == "final_mean" and metric in floor:
            looks = {"ha": "center", "va": "center", "fontsize": 8, "color": style.MUTED}
            axes.text(NAME + COLUMN * (column + 0.5), len(rows), style.number(metric, floor[metric]), **looks)
    _rule(axes, len(rows) + 0.5, width, 1.1)
    note = words.note(quality, tier, experiment)
    style.heading(figure, f"{title}: all methods", note)
    caption = words.caption(
        f"All methods after the last of {len(tasks)} tasks: final quality is the mean over tasks; forgetting is the "
        "mean over earlier tasks of the best value before minus the final one, signed so that more is worse. Bold: the "
        "best of the methods that learn task after task.",
        note,
    )
    return Drawing(figure, table, caption, tables.specs(quality))


def _table(summary: pd.DataFrame) -> pd.DataFrame:
    """Tidy: one row per method, metric and statistic, with mean, std, n; ``best`` marks the bold ones."""
    parts = [
        tables.over_seeds(summary, ["method", "metric"], statistic).assign(statistic=statistic)
        for statistic in ("final_mean", "forgetting", "backward_transfer")
    ]
    table = pd.concat(parts, ignore_index=True)
    rivals = table[~table["method"].isin(style.UPPER_BOUNDS) & (table["n"] == table["seeds"])]
    table["best"] = False
    for (metric, statistic), rows in rivals.groupby(["metric", "statistic"]):
        down = statistic == "forgetting" or (lower_is_better(metric) and statistic != "backward_transfer")
        if rows["mean"].notna().any() and len(rows) > 1 and metric not in UNDIRECTED:
            table.loc[rows.index[rows["mean"] == (rows["mean"].min() if down else rows["mean"].max())], "best"] = True
    order = {method: place for place, method in enumerate(style.ordered(table["method"]))}
    table = table.sort_values(
        ["method", "statistic", "metric"], key=lambda c: c.map(order) if c.name == "method" else c
    )
    return table[["method", "statistic", "metric", "mean", "std", "n", "seeds", "status", "best"]]


def _floor(quality: pd.DataFrame, last: int) -> dict[str, float]:
    """Real against real, mean over the tasks."""
    rows = quality[(quality["checkpoint"] == last) & quality["real"].notna()]
    return rows.groupby("metric")["real"].mean().to_dict()


def _row(table: pd.DataFrame, method: str, metric: str, statistic: str) -> Any:
    found = table[(table["method"] == method) & (table["metric"] == metric) & (table["statistic"] == statistic)]
    return next(found.itertuples(), None)


def _header(axes: Axes, columns: list[tuple[str, str]], width: float) -> None:
    names = {"final_mean": "Final, mean over tasks", "forgetting": "Forgetting ↓"}
    for statistic, name in names.items():
        places = [place for place, column in enumerate(columns) if column[0] == statistic]
        if places:
            left, right = NAME + COLUMN * places[0] + 0.08, NAME + COLUMN * (places[-1] + 1) - 0.08
            axes.text((left + right) / 2, -1.72, name, ha="center", va="center", fontsize=8, fontweight="bold")
            axes.plot([left, right], [-1.35, -1.35], color=style.INK, linewidth=0.5)
    axes.text(0.24, -0.95, "Method", va="center", fontsize=8, fontweight="bold")
    for place, (statistic, metric) in enumerate(columns):
        text = style.metric_label(metric, arrow=statistic == "final_mean").replace(" accuracy", "")
        axes.text(NAME + COLUMN * (place + 0.5), -0.95, text, ha="center", va="center", fontsize=7.5)
    _rule(axes, -2.1, width, 1.1)
    _rule(axes, -0.5, width, 0.8)


def _cell(axes: Axes, x: float, y: float, row: Any, *, best: bool) -> None:
    looks = {"ha": "center", "va": "center", "fontsize": 8}
    if row is None or (row.n == 0 and row.status == "ok"):
        axes.text(x, y, "\u2013", color=style.MUTED, **looks)
    elif row.n == 0:
        hole.draw(axes, x - COLUMN * 0.46, y - 0.4, COLUMN * 0.92, 0.8, row.status)
    else:
        text = style.number(row.metric, row.mean)
        text += f" ± {style.number(row.metric, row.std, row.mean)}" if row.n > 1 else ""
        text += f"\n({row.n} of {row.seeds} seeds)" if row.n < row.seeds else ""
        weight = "bold" if best and row.best else "normal"
        axes.text(x, y, text, **{**looks, "fontsize": 8 if row.n == row.seeds else 6.5}, fontweight=weight)


def _rule(axes: Axes, y: float, width: float, weight: float) -> None:
    axes.plot([0, width], [y, y], color=style.INK, linewidth=weight, clip_on=False)
