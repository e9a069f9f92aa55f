"""Parameters of generators at the start and at the end of a stream, beside their solvers' accuracy (DGM, Table 3)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.figures.kit import beside, grown, notes, scores, table
from mneme.figures.kit.drawing import Context, Drawing

METRIC = "parameters"  # in millions, where they are published


def draw(
    context: Context,
    quality: pd.DataFrame,
    parameters: str | Path,
    storage: str | Path,
    published: Sequence[Mapping[str, Any]],
) -> Drawing:
    """A row a method that gives images: parameters before task 1, in the last task, and expanded after it.

    Args:
        parameters: JSON of :mod:`mneme.probes.sizes`; a method without rows of its growth keeps its size.
        storage: JSON of the same job, a row a method and task, with seed and spec.
    """
    files_of = pd.DataFrame(files.read_json(Path(storage)))
    sizes, fixed, last = grown.counted(parameters), files.read_json(Path(parameters)), len(context.tasks)
    images = set(quality["method"][quality["metric"] == "class_accuracy"])
    rows = []
    for method in context.looks.ordered((images & set(fixed)) | set(sizes)):
        if method in sizes:
            each = grown.generator(pd.DataFrame(sizes[method]["tasks"]))
            start, final, expanded = each["parameters"].iloc[0], each["parameters"].iloc[-1], each["expanded"].iloc[-1]
        else:
            start = final = expanded = fixed[method]["per_task"]
        rows.append({"method": method, "start": int(start), "final": int(final), "expanded": int(expanded)})
    found = pd.DataFrame(rows)
    for column, after in (("start", 0), ("final", last)):
        told = found.assign(metric=METRIC)
        found[f"published_{column}"] = beside.numbers(told, published, [after] * len(found))
    found["accuracy"] = [accuracy(quality, method, last) for method in found["method"]]
    made = printed(found, context)
    origin = beside.origin(published, METRIC)
    note = "\n".join([f"{context}, one chain a method, seed {files_of['seed'].iloc[0]}.", *origin.notes])
    caption = notes.caption(
        "Parameters of the generator: masked layers, and one last convolution a class where a class has its own, those "
        "of classes to come included; no batch norms. Expanded: with what is added after the last task, which nothing "
        "uses yet. Of a method without masks, all that sampling needs, as many from first to last. Solver: accuracy of "
        "the method's own predictions on real test images after the last task; a dash where it gives none.",
        origin.where,
        note,
    )
    figure = table.figure(made, f"{context.title}: parameters of the generator", note)
    return Drawing(figure, found, caption, sorted(set(files_of["spec"]) | set(scores.specs(quality))), made.frame())


def accuracy(quality: pd.DataFrame, method: str, last: int) -> float:
    """Mean test accuracy over tasks after the last one, 0 to 1; NaN of a method without predictions."""
    mine = quality[(quality["method"] == method) & (quality["metric"] == "test_accuracy")]
    return float(mine["value"][mine["checkpoint"] == last].mean())


def printed(found: pd.DataFrame, context: Context) -> table.Table:
    """The table in print; published numbers have columns where there are some."""
    heads, rows = [], []
    for column, head in (("start", "Start"), ("final", "Last task"), ("expanded", "Expanded")):
        told = f"published_{column}" in found and found[f"published_{column}"].notna().any()
        heads += [(head, "here"), (head, "published")] if told else [("", head)]
    heads.append(("", "Solver (%)"))
    for row in found.to_dict("records"):
        cells = []
        for column in ("start", "final", "expanded"):
            cells.append(table.Cell(f"{row[column]:,}"))
            if (f"published_{column}" in row) and found[f"published_{column}"].notna().any():
                number = row[f"published_{column}"]
                cells.append(table.Cell(table.NONE if pd.isna(number) else f"{1e6 * number:,.0f}", muted=True))
        cells.append(table.Cell(table.NONE if pd.isna(row["accuracy"]) else f"{100 * row['accuracy']:.1f}"))
        look = context.looks.of(row["method"], found["method"])
        rows.append(table.Row(context.looks.label(row["method"]), cells, look))
    return table.Table(heads, rows)
