"""How many numbers a translator is made of, task after task (Hyper-LifelongGAN, Table 5, and further)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import lines, notes, style
from mneme.figures.kit import table as drawer
from mneme.figures.kit.drawing import Context, Drawing

SCALES = {"published": "width {width}, as published", "here": "width {width}, as trained here"}
METRIC = "parameters"


def draw(context: Context, capacity: str | Path, published: Sequence[Mapping[str, Any]]) -> Drawing:
    """Above, numbers after task 1, after task 2 and added by it, at both widths; below, up to 20 tasks.

    Args:
        capacity: JSON of ``mneme.probes.capacity``.
        published: numbers in print that were measured on the stream's data.
    """
    record = files.read_json(Path(capacity))
    methods = context.looks.ordered(record["methods"])
    counts = pd.DataFrame(
        [
            {"method": method, "scale": scale, "width": one["width"], "tasks": tasks, "numbers": number}
            for method in methods
            for scale, one in record["methods"][method].items()
            if scale in SCALES
            for tasks, number in enumerate(one["after"], start=1)
        ]
    )
    entry = next((one for one in published if one["metric"] == METRIC), None)
    made = _table(context, record["methods"], methods, entry)
    wide, deep = sum(drawer.widths(made)), drawer.ROW * (len(made.rows) + 2.6)
    figure = Figure(figsize=(max(wide, 7.4) + 0.25, deep + 4.1), layout="constrained")
    top, below = figure.subfigures(2, 1, height_ratios=[deep + 0.6, 3.3])
    drawer.draw(top.subplots(), made)
    panels = below.subplots(1, 3, width_ratios=[2.9, 2.9, 1.7])
    for axes, (scale, name) in zip(panels[:-1], SCALES.items(), strict=True):
        unit, word = (1e6, "millions") if scale == "published" else (1e3, "thousands")
        for method in methods:
            mine = counts[(counts["method"] == method) & (counts["scale"] == scale)]
            look = {**context.looks.of(method, methods), "markersize": 3.5, "markevery": 3}
            axes.plot(mine["tasks"], mine["numbers"] / unit, **look)
        axes.set(yscale="log", xlabel="Tasks learned", xlim=(0.5, counts["tasks"].max() + 0.5), xticks=range(1, 21, 3))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(lines.NullFormatter())
        title = name.format(width=record["methods"][methods[0]][scale]["width"])
        axes.set_title(f"Parameters ({word}), {title}", loc="left")
    lines.legend(panels[-1], methods, context.looks, real=False)
    note = (
        f"{context}; counted, not trained: real networks, with the stream's tasks one after another, again and again."
    )
    style.heading(figure, f"{context.title}: parameters of a translator", note)
    caption = notes.caption(
        "Numbers of the translator that images are made with, of the way from given images to targets alone: after one "
        "task, after two and what the second added; below, up to twenty tasks. Discriminators, the way back and "
        "whatever training needs besides are not counted. The network of a width of our own is smaller, as the tier "
        "says.",
        f"Published: {entry['where']}." if entry else "",
        note,
    )
    return Drawing(figure, counts, caption, [record["spec"]], made.frame())


def _table(
    context: Context, known: Mapping[str, Any], methods: Sequence[str], entry: Mapping[str, Any] | None
) -> drawer.Table:
    """One row a method, three columns a width, and two of numbers in print where there are any."""
    heads, rows = [], {method: [] for method in methods}
    for scale, name in SCALES.items():
        group = name.format(width=known[methods[0]][scale]["width"])
        heads += [(group, head) for head in ("task 1", "task 2", "added")]
        for method in methods:
            one, two = known[method][scale]["after"][:2]
            rows[method] += [drawer.Cell(f"{number:,}") for number in (one, two, two - one)]
    if entry:
        heads += [("in print (millions)", head) for head in ("task 1", "task 2")]
        for method in methods:
            told = entry["values"].get(method)
            rows[method] += [
                drawer.Cell(f"{number:.2f}" if told else drawer.NONE, muted=True) for number in told or (0, 0)
            ]
    return drawer.Table(
        heads, [drawer.Row(context.looks.label(m), rows[m], context.looks.of(m, methods)) for m in methods]
    )
