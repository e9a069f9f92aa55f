"""The table of all methods, as a picture and as numbers."""

import pandas as pd

from mneme.evaluation.measures import HEADLINE, METRICS, UNDIRECTED, lower_is_better
from mneme.figures.kit import notes, scores, style, table
from mneme.figures.kit.drawing import Context, Drawing, Looks

STATISTICS = {"final_mean": "Final, mean over tasks", "forgetting": "Forgetting ↓"}


def draw(context: Context, quality: pd.DataFrame, summary: pd.DataFrame) -> Drawing:
    """Final quality (mean over tasks after the last one) and forgetting of every method, mean ± std over seeds.

    Bold is the best number of a column if it is better than each other one by more than chance: where the interval of
    the difference, paired by seed, has no zero in it. Bounds stand aside: they have all data at once, or keep a whole
    network for each task.
    """
    quality, last = quality[quality["task"] >= 1], len(context.tasks)
    found = numbers(summary, context.looks)
    known = {(row.method, row.statistic, row.metric): row for row in found.itertuples()}
    asked = [name for name, metric in METRICS.items() if metric.column]
    columns = [("final_mean", metric) for metric in scores.measured(summary, asked) if final(summary, metric)]
    columns += [("forgetting", m) for m in scores.measured(summary, HEADLINE)] if last > 1 else []
    heads = [
        (STATISTICS[statistic], style.metric_label(metric, arrow=statistic == "final_mean").replace(" accuracy", ""))
        for statistic, metric in columns
    ]
    methods, bounds = context.looks.ordered(summary["method"]), context.looks.bounds()
    above = [method for method in methods if method in bounds]
    rows = []
    for method in [*above, *(method for method in methods if method not in bounds)]:
        row = [known.get((method, *column)) for column in columns]
        cells = [table.cell(one, bold=one is not None and one.best) for one in row]
        ruled = bool(above) and len(rows) == len(above)
        rows.append(table.Row(context.looks.label(method), cells, context.looks.of(method, methods), ruled=ruled))
    real = quality[(quality["checkpoint"] == last) & quality["real"].notna()].groupby("metric")["real"].mean()
    cells = [
        table.Cell(style.number(metric, real[metric]) if statistic == "final_mean" and metric in real else "")
        for statistic, metric in columns
    ]
    made = table.Table(heads, [*rows, table.Row("Real against real", cells, muted=True, ruled=True)])
    note = notes.note(quality, context)
    caption = notes.caption(
        f"All methods after the last of {last} tasks: final quality is the mean over tasks; forgetting is the "
        "mean over earlier tasks of the best value before minus the final one, signed so that more is worse. Bold: the "
        "best of the methods that learn task after task, where the 95 % interval of its difference to each other one, "
        "paired by seed, has no zero in it.",
        note,
    )
    figure = table.figure(made, f"{context.title}: all methods", note)
    return Drawing(figure, found, caption, scores.specs(quality), made.frame())


def ahead(values: pd.DataFrame, method: str) -> bool:
    """Whether a method's mean differs from that of every other one by more than chance.

    Args:
        values: a row a seed, a column a method.
    """
    others = [values[method] - values[other] for other in values if other != method]
    intervals = [scores.interval(difference.dropna()) for difference in others if difference.count() > 1]
    return 0 < len(others) == len(intervals) and all(low * high > 0 for low, high in intervals)


def final(summary: pd.DataFrame, metric: str) -> bool:
    """Whether a metric is one of the last task too, so that there is a mean over all tasks."""
    rows = summary[summary["metric"] == metric]
    return bool(rows["final_mean"].notna().any() or (rows["status"] != "ok").any())


def numbers(summary: pd.DataFrame, looks: Looks) -> pd.DataFrame:
    """Tidy: one row per method, metric and statistic, with mean, std, n; ``best`` marks the bold ones."""
    parts = [
        scores.over_seeds(summary, ["method", "metric"], statistic).assign(statistic=statistic)
        for statistic in ("final_mean", "forgetting", "backward_transfer")
    ]
    found = pd.concat(parts, ignore_index=True).assign(best=False)
    rivals = found[~found["method"].isin(looks.bounds()) & (found["n"] == found["seeds"])]
    for (metric, statistic), rows in rivals.groupby(["metric", "statistic"]):
        down = statistic == "forgetting" or (lower_is_better(metric) and statistic != "backward_transfer")
        if rows["mean"].notna().any() and metric not in UNDIRECTED:
            best = rows["mean"].idxmin() if down else rows["mean"].idxmax()
            values = summary[summary["metric"] == metric].pivot(index="seed", columns="method", values=statistic)
            found.loc[best, "best"] = ahead(values[list(rows["method"])], rows["method"][best])
    order = looks.ordered(found["method"])
    keys = {"key": lambda column: column.map(order.index) if column.name == "method" else column}
    found = found.sort_values(["method", "statistic", "metric"], **keys)
    return found[["method", "statistic", "metric", "mean", "std", "n", "seeds", "status", "best"]]
