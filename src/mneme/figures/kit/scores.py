"""The tables of scores that figures and claims read, and what is averaged over which axis."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mneme.errors import UserError
from mneme.evaluation.columns import COLUMNS, dtypes


def read(path: str | Path, kind: str) -> pd.DataFrame:
    """One of the tables: ``quality``, ``curve`` or ``summary``.

    Text stays text (a spec hash of digits is no number, a task may be called ``None``); an empty number is NaN.

    Raises:
        UserError: the file is missing, no table, or lacks a column.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise UserError(f"{path}: no such table; run snakemake again to make it") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a table ({error}); delete it and run snakemake again") from error
    missing = [name for name in COLUMNS[kind] if name not in table]
    if missing:
        raise UserError(f"{path}: lacks the column(s) {', '.join(missing)}; delete it and run snakemake again")
    for name, dtype in dtypes(COLUMNS[kind]).items():
        try:
            table[name] = table[name] if dtype == "str" else pd.to_numeric(table[name]).astype(dtype)
        except ValueError as error:
            raise UserError(f"{path}: column {name}: {error}; delete it and run snakemake again") from error
    return table


def measured(table: pd.DataFrame, metrics: Sequence[str]) -> list[str]:
    """Those of the metrics that the table has, in the given order."""
    return [metric for metric in metrics if (table["metric"] == metric).any()]


def generative(table: pd.DataFrame, metric: str) -> str:
    """``fid``, or ``fid_clf`` where no Inception network was at hand; they are never mixed."""
    return next(iter(measured(table, [metric, f"{metric}_clf"])), metric)


def worst(statuses: pd.Series) -> str:
    """``ok`` if all are, else the first that is not."""
    return next((status for status in statuses if status != "ok"), "ok")


def over_seeds(table: pd.DataFrame, by: list[str], value: str = "value") -> pd.DataFrame:
    """Mean, sample standard deviation (n - 1; NaN for one seed) and n over the finished seeds of each group.

    Returns:
        Columns ``by``, ``mean``, ``std``, ``n`` (seeds with a value), ``seeds`` (all of them), ``status``, ``real``.
    """
    columns = {"mean": (value, "mean"), "std": (value, "std"), "n": (value, "count"), "seeds": ("seed", "nunique")}
    columns["status"] = ("status", worst)
    if "real" in table:
        columns["real"] = ("real", "mean")
    return table.groupby(by, sort=True).agg(**columns).reset_index()


def interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """The confidence interval of a mean, by Student's t with n - 1 degrees of freedom.

    Args:
        values: of two seeds or more, taken as independent and normal.
    """
    from scipy import stats

    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return float(np.mean(values) - half), float(np.mean(values) + half)


def along_stream(quality: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean over the tasks seen so far at every checkpoint: one row per method, seed and checkpoint.

    A seed with a missing value among these tasks has no mean there (NaN) and the status that says why.
    """
    rows = quality[quality["metric"] == metric]
    mean = {"value": ("value", lambda values: values.mean(skipna=False)), "real": ("real", "mean")}
    groups = rows.groupby(["method", "seed", "checkpoint"], sort=True)
    return groups.agg(**mean, status=("status", worst)).reset_index()


def specs(table: pd.DataFrame) -> list[str]:
    """The hashes of the specs that the rows were made from."""
    return sorted(set(table["spec"]) - {""}) if "spec" in table else []
