"""Sizes of generators that grow, from the counts of ``mneme.probes.sizes``: of their parameters, and of their masks."""

from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.evaluation import mask_bytes


def counted(parameters: str | Path) -> dict[str, dict[str, Any]]:
    """Counts by method of those that grow, with a row a task (``tasks``) and a row a task and layer (``layers``)."""
    return {method: one for method, one in files.read_json(Path(parameters)).items() if "layers" in one}


def generator(tasks: pd.DataFrame) -> pd.DataFrame:
    """A row a task: parameters of the generator as DGM's Table 3 counts them, masked layers and one last convolution a
    class, without batch norms.

    Returns:
        ``task``; ``parameters`` during it; ``expanded``, with what is added after it. The last convolutions of all
        tasks are counted from the start; those of tasks to come are as large as the task's own.
    """
    heads = tasks["heads"].cumsum() + tasks["heads"] * (len(tasks) - 1 - pd.RangeIndex(len(tasks)))
    return pd.DataFrame(
        {"task": tasks["task"], "parameters": tasks["weights"] + heads, "expanded": tasks["expanded"] + heads}
    )


def on_disk(tasks: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """A row a task: bytes of the model after it.

    Returns:
        ``task``; ``weights`` of the masked layers, batch norms and last convolutions of all tasks so far, four bytes
        each; ``packed`` and ``sparse``, the masks of all tasks so far in either form.
    """
    rows, own, packed, sparse = [], 0, 0, 0
    for task in tasks.itertuples():
        mine = layers[layers["task"] == task.task].to_dict("records")
        own += task.norms + task.heads
        packed += mask_bytes.packed(mine)
        sparse += mask_bytes.sparse(mine, mask_bytes.dimensions(mine, task.weights))
        rows.append({"task": task.task, "weights": 4 * (task.weights + own), "packed": packed, "sparse": sparse})
    return pd.DataFrame(rows)
