"""Two folders of results side by side: what each method reached in both, and how far the difference can be trusted."""

from pathlib import Path

import numpy as np
import pandas as pd

from mneme.errors import UserError
from mneme.figures.kit import scores, style

KEYS = ["experiment", "method", "metric"]


def tables(folder: Path) -> dict[str, Path]:
    """Experiment -> its summary, of a folder of one tier (``results/demo``).

    Raises:
        UserError: there is none.
    """
    found = {path.parent.name: path for path in sorted(folder.glob("tables/*/summary.csv"))}
    if not found:
        raise UserError(f"{folder}: no tables/<experiment>/summary.csv; name the results of one tier, as results/demo")
    return found


def compare(first: Path, second: Path) -> pd.DataFrame:
    """The mean over tasks after the last one, for every experiment, method and metric that both folders have.

    Returns:
        Columns ``experiment``, ``method``, ``metric``, ``first`` and ``second`` (means over seeds), ``difference``
        (second minus first), ``low`` and ``high``, its 95 % interval by Student's t, paired by seed;
        NaN for less than two of them. ``seeds`` counts them.

    Raises:
        UserError: the folders have no experiment in common.
    """
    mine, other = tables(first), tables(second)
    if not (shared := sorted(mine.keys() & other.keys())):
        raise UserError(f"{first} has {', '.join(mine)}, {second} has {', '.join(other)}: nothing to compare")
    rows = []
    for experiment in shared:
        pair = [scores.read(one[experiment], "summary").assign(experiment=experiment) for one in (mine, other)]
        both = pair[0].merge(pair[1], on=[*KEYS, "seed"], suffixes=("_first", "_second"))
        for keys, cells in both.groupby(KEYS, sort=True):
            known = cells[["final_mean_first", "final_mean_second"]].dropna()
            change = (known["final_mean_second"] - known["final_mean_first"]).to_numpy()
            low, high = scores.interval(change) if len(change) > 1 else (np.nan, np.nan)
            row = {**dict(zip(KEYS, keys, strict=True)), "seeds": len(change)}
            row |= {"first": known["final_mean_first"].mean(), "second": known["final_mean_second"].mean()}
            rows.append(row | {"difference": change.mean() if len(change) else np.nan, "low": low, "high": high})
    return pd.DataFrame(rows, columns=[*KEYS, "first", "second", "difference", "low", "high", "seeds"])


def text(table: pd.DataFrame) -> str:
    """The comparison for a terminal; a star where the interval has no zero in it."""
    lines = []
    for experiment, rows in table.groupby("experiment", sort=True):
        lines.append(f"{experiment} (second minus first; * : the 95 % interval has no zero in it)")
        for row in rows.itertuples():
            shown = [style.number(row.metric, value) for value in (row.first, row.second, row.difference)]
            reach = "one seed" if row.seeds == 1 else "no seed in common"
            if row.seeds > 1:
                ends = " to ".join(style.number(row.metric, value, row.difference) for value in (row.low, row.high))
                reach = f"{ends}, {row.seeds} seeds{' *' if row.low > 0 or row.high < 0 else ''}"
            name = style.metric_label(row.metric)
            lines.append(f"  {row.method:<32} {name:<28} {shown[0]:>8} {shown[1]:>8} {shown[2]:>8}  ({reach})")
    return "\n".join(lines)
