"""The tidy tables: a row for each measured value, chain and measure, and snapshot."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.evaluation.columns import CHAIN, CURVE, ORIGIN, QUALITY, SUMMARY, dtypes, matrix
from mneme.evaluation.forgetting import backward_transfer, final_mean, mean_forgetting
from mneme.evaluation.measures import lower_is_better
from mneme.script import Output


def tidy(rows: Iterable[dict[str, Any]], columns: list[str], *, sort: list[str]) -> pd.DataFrame:
    """Rows as a frame with fixed columns, types and order, also when there are none."""
    frame = pd.DataFrame(list(rows), columns=columns)
    return frame.astype(dtypes(columns)).sort_values(sort, kind="stable", ignore_index=True)


def quality(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """All measured values: R[t, i] of every chain and measure, long."""
    return tidy(rows, QUALITY, sort=[*CHAIN, "metric", "checkpoint", "task"])


def curve(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """All values measured while a task was being learned."""
    return tidy(rows, CURVE, sort=[*CHAIN, "metric", "checkpoint", "task", "step"])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row a chain and measure: the state after its last task, and what was lost on the way.

    ``n`` is the smallest number of samples among the tasks; ``real_mean`` the mean of the real-against-real
    values; ``status`` is ``ok`` or what befell the last checkpoint. The source, task 0, is no part of a stream.
    """
    rows = []
    for keys, cells in table[table["task"] > 0].groupby([*CHAIN, "metric"], sort=True):
        R = matrix(cells, "value", int(cells["checkpoint"].max()))
        last = cells[cells["checkpoint"] == len(R)]
        failed = [status for status in last["status"] if status != "ok"]
        lower = lower_is_better(keys[-1])
        row = dict(zip([*CHAIN, "metric"], keys, strict=True))
        row |= {"final_mean": final_mean(R), "forgetting": mean_forgetting(R, lower)}
        row |= {"backward_transfer": backward_transfer(R, lower), "real_mean": last["real"].mean()}
        row |= {"n_tasks": len(R), "n": last["n"].min(), "status": failed[0] if failed else "ok"}
        rows.append(row | {name: last[name].iloc[0] for name in ORIGIN[1:]})
    return tidy(rows, SUMMARY, sort=[*CHAIN, "metric"])


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as CSV: missing values empty, numbers in the fewest digits that read back the same."""
    files.write_bytes(path, frame.to_csv(index=False, lineterminator="\n").encode())


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    files.write_bytes(path, buffer.getbuffer())


def gather(
    spec: dict[str, Any],
    *,
    evaluations: list[Path] | None = None,
    curves: list[Path] | None = None,
    quality_csv: Output,
    quality_parquet: Output,
    summary_csv: Output,
    summary_parquet: Output,
    curve_csv: Output,
    curve_parquet: Output,
) -> None:
    """Gather an experiment's measured rows into tidy tables.

    Args:
        evaluations: rows of the quality table.
        curves: rows of the curve table.
    """
    origin = {"tier": spec["tier"], "experiment": spec["experiment"]}
    measured, along = (
        [origin | row for path in paths or () for row in files.read_json(path)] for paths in (evaluations, curves)
    )
    whole = quality(measured)
    for frame, csv, parquet in (
        (whole, quality_csv, quality_parquet),
        (summary(whole), summary_csv, summary_parquet),
        (curve(along), curve_csv, curve_parquet),
    ):
        write_csv(frame, csv)
        write_parquet(frame, parquet)
        print(f"{csv}: {len(frame)} rows", file=sys.stderr)
