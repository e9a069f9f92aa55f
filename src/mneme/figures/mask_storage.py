"""Disk space of a generator that grows: its weights and its masks, in two forms (DGM, Table 4)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.figures.kit import beside, grown, notes, table
from mneme.figures.kit.drawing import Context, Drawing

AFTER = (5, 10)
PARTS = {"weights": "Weights", "sparse": "Masks, sparse", "packed": "Masks, bits", "file": "Checkpoint"}
PUBLISHED = {"weights": "weights_mb", "sparse": "masks_mb"}


def draw(
    context: Context, parameters: str | Path, storage: str | Path, published: Sequence[Mapping[str, Any]]
) -> Drawing:
    """A row a method with masks; in megabytes, after 5 and 10 tasks, or after the last of a shorter stream.

    Args:
        parameters: JSON of :mod:`mneme.probes.sizes`; methods with masks say the rows ``tasks`` and ``layers`` there.
        storage: its rows of files, in bytes.
    """
    files_of, sizes = pd.DataFrame(files.read_json(Path(storage))), grown.counted(parameters)
    methods, last = context.looks.ordered(sizes), max(len(one["tasks"]) for one in sizes.values())
    found = pd.concat([of_method(m, sizes[m], files_of) for m in methods])
    found = found[found["task"].isin([t for t in AFTER if t <= last] or [last])].reset_index(drop=True)
    for part, metric in PUBLISHED.items():
        found[f"published_{part}"] = beside.numbers(found.assign(metric=metric), published, found["task"])
    made = printed(found, context)
    origin = beside.origin(published, *PUBLISHED.values())
    seed = files_of["seed"].iloc[0]
    note = "\n".join([f"{context}, one chain a method, seed {seed}; megabytes of a million bytes.", *origin.notes])
    caption = notes.caption(
        "Disk space after so many tasks. Weights: masked layers, batch norms and last convolutions of all tasks, four "
        "bytes each. Masks of all tasks, sparse: coordinates of eight bytes and a value of four for each used entry, "
        "as a sparse tensor has them; bits: one an entry. Checkpoint: our file, which holds weights, the "
        "discriminator, and masks as bits (the released variants: their embeddings).",
        origin.where,
        note,
    )
    figure = table.figure(made, f"{context.title}: disk space (MB)", note)
    return Drawing(figure, found, caption, sorted(set(files_of["spec"])), made.frame())


def of_method(method: str, sizes: Mapping[str, Any], files_of: pd.DataFrame) -> pd.DataFrame:
    """A row a task, in megabytes."""
    parts = grown.on_disk(pd.DataFrame(sizes["tasks"]), pd.DataFrame(sizes["layers"]))
    bytes_of = files_of[files_of["method"] == method].set_index("task")["bytes"]
    parts["file"] = parts["task"].map(bytes_of)
    parts[[*PARTS]] = parts[[*PARTS]] / 1e6
    return parts.assign(method=method)[["method", "task", *PARTS]]


def printed(found: pd.DataFrame, context: Context) -> table.Table:
    """The table in print; published numbers stand below ours, in a row of their own."""
    tasks, methods = sorted(set(found["task"])), context.looks.ordered(found["method"])
    heads = [(f"After {t} tasks" if t > 1 else "After one task", head) for t in tasks for head in PARTS.values()]
    rows = []
    for method in methods:
        mine = found[found["method"] == method].set_index("task")
        cells = [number(mine, t, part) for t in tasks for part in PARTS]
        rows.append(table.Row(context.looks.label(method), cells, context.looks.of(method, methods)))
        if mine[[f"published_{part}" for part in PUBLISHED]].notna().any(axis=None):
            told = [number(mine, t, f"published_{part}") for t in tasks for part in PARTS]
            rows.append(table.Row("published", told, muted=True))
    return table.Table(heads, rows)


def number(mine: pd.DataFrame, task: int, column: str) -> table.Cell:
    """Megabytes with three digits; a dash where nothing is known."""
    value = mine[column].get(task) if column in mine else None
    return table.Cell() if value is None or pd.isna(value) else table.Cell(f"{value:#.3g}")
