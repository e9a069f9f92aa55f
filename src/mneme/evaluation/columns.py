"""The columns of the tables of scores and their types, for the job that writes them and for all that read; no torch."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

CHAIN = ["tier", "experiment", "stream", "method", "seed"]
ORIGIN = ["spec", "device", "torch", "torch_fidelity"]
QUALITY = [*CHAIN, "checkpoint", "task", "task_name", "metric", "value", "std", "real", "n", "extractor"]
QUALITY += ["samples_sha256", "status", *ORIGIN]
CURVE = [*QUALITY[:8], "step", *QUALITY[8:]]
SUMMARY = [*CHAIN, "metric", "final_mean", "forgetting", "backward_transfer", "real_mean", "n_tasks", "n", "status"]
SUMMARY += ORIGIN[1:]
COLUMNS = {"quality": QUALITY, "curve": CURVE, "summary": SUMMARY}

INTEGERS = {"seed", "checkpoint", "task", "step", "n", "n_tasks"}
NUMBERS = {"value", "std", "real", "final_mean", "forgetting", "backward_transfer", "real_mean"}


def dtypes(columns: Iterable[str]) -> dict[str, str]:
    """The type of each column; numbers may be missing (NaN), integers may not."""
    return {name: "int64" if name in INTEGERS else "float64" if name in NUMBERS else "str" for name in columns}


def matrix(cells: pd.DataFrame, column: str, tasks: int) -> np.ndarray:
    """R[t - 1, i - 1], float64 [tasks, tasks], of one chain or method and measure, from its rows with ``checkpoint`` t
    and ``task`` i, both at least 1; NaN where there is no row."""
    R = np.full((tasks, tasks), np.nan)
    R[cells["checkpoint"] - 1, cells["task"] - 1] = cells[column]
    return R
