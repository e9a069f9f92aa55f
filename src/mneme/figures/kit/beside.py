"""Published numbers beside ours, which the caller chose to be of the same data."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from mneme.figures.kit import scores, style
from mneme.figures.kit.drawing import Looks
from mneme.figures.kit.table import NONE, Cell, Row, Table, cell


class Origin(NamedTuple):
    """Where published numbers come from, for the caption, and what has to be said of them."""

    where: str
    notes: list[str]


def numbers(points: pd.DataFrame, published: Sequence[Mapping[str, Any]], after: Iterable[int]) -> list[float | None]:
    """The published number of each row's ``method`` and ``metric`` ``after`` so many tasks, or None."""
    return [
        next(
            (
                entry["values"][row.method]
                for entry in published
                if row.method in entry["values"] and entry["metric"] == row.metric and entry["after"] in (None, t)
            ),
            None,
        )
        for row, t in zip(points.itertuples(), after, strict=True)
    ]


def after_tasks(
    quality: pd.DataFrame, published: Sequence[Mapping[str, Any]], metrics: Mapping[str, str], tasks: Sequence[int]
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Means over the tasks seen, after some of them, beside what was published.

    Args:
        metrics: those that are shown where they were measured, and their names in print.
        tasks: after which to look.

    Returns:
        A row a method, metric and checkpoint: statistics over seeds and ``published``; and the same in groups, as
        :func:`table` takes them.
    """
    parts, groups = [], {}
    for metric in scores.measured(quality, metrics):
        points = scores.over_seeds(scores.along_stream(quality, metric), ["method", "checkpoint"])
        points = points[points["checkpoint"].isin(tasks)].assign(metric=metric)
        points["published"] = numbers(points, published, after=points["checkpoint"])
        parts.append(points)
        groups |= {(metric, t): points[points["checkpoint"] == t] for t in tasks}
    return pd.concat(parts), {f"{metrics[metric]}, A{t}": rows for (metric, t), rows in groups.items()}


def real_images(groups: Mapping[str, pd.DataFrame]) -> Row:
    """The same measure of real images, the baseline of each group; empty where there is none."""
    known = [(points["metric"].iloc[0], points["real"].mean()) for points in groups.values()]
    cells = [Cell("" if pd.isna(real) else style.number(metric, real)) for metric, real in known]
    return Row("Real images", cells, muted=True, ruled=True)


def table(groups: Mapping[str, pd.DataFrame], looks: Looks, last: Row | None = None) -> Table:
    """One row a method; in each group our number and, where any is known, the published one.

    Args:
        groups: head -> a row a method: statistics over seeds, ``metric`` and ``published``.
        last: a row below the methods, with a cell for each group.
    """
    methods = looks.ordered(method for points in groups.values() for method in points["method"])
    told = {head: points["published"].notna().any() for head, points in groups.items()}
    heads = [
        part for head in groups for part in ([(head, "here"), (head, "published")] if told[head] else [("", head)])
    ]
    rows = []
    for method in methods:
        cells = []
        for head, points in groups.items():
            row = next(points[points["method"] == method].itertuples(), None)
            known = NONE if row is None or pd.isna(row.published) else f"{style.scale(row.metric) * row.published:.2f}"
            cells += [cell(row), Cell(known, muted=True)] if told[head] else [cell(row)]
        rows.append(Row(looks.label(method), cells, looks.of(method, methods)))
    if last:
        pairs = zip(last.cells, told.values(), strict=True)
        rows.append(last._replace(cells=[part for one, two in pairs for part in ([one, Cell("")] if two else [one])]))
    return Table(heads, rows)


def origin(published: Sequence[Mapping[str, Any]], *metrics: str) -> Origin:
    """Of the entries of some metrics."""
    entries = [entry for entry in published if entry["metric"] in metrics]
    places = list(dict.fromkeys(f"{entry['where']} ({entry['dataset']}, {entry['size']} px)" for entry in entries))
    return Origin(f"Published: {'; '.join(places)}." if places else "", [e["note"] for e in entries if e["note"]])
