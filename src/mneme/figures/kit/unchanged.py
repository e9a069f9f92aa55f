"""What the quality table says of samples: which rows are theirs, how their task ended, and which samples of an earlier
task are still, to the bit, those of the checkpoint that learned it."""

from collections.abc import Collection, Mapping

import pandas as pd

from mneme.figures.kit import scores
from mneme.figures.kit.drawing import Looks
from mneme.figures.kit.grid import Cell

Loaded = Mapping[int, tuple[dict, str]]
"""Checkpoint -> samples by task and the spec that they came from."""


def table(quality: pd.DataFrame, loaded: Mapping[str, Loaded]) -> pd.DataFrame:
    """One row per cell: its status, the hash of its samples, and whether they are those of checkpoint i to the bit."""
    rows = []
    for method, checkpoints in loaded.items():
        of_method = quality[(quality["method"] == method)]
        seeds = of_method[of_method["spec"].isin([spec for _, spec in checkpoints.values()])]["seed"]
        seed = int(seeds.min() if len(seeds) else of_method["seed"].min())
        mine = of_method[(of_method["seed"] == seed) & of_method["checkpoint"].isin(list(checkpoints))]
        cells = mine.groupby(["checkpoint", "task"], sort=True)
        cells = cells.agg(status=("status", scores.worst), samples_sha256=("samples_sha256", "first")).reset_index()
        learned = {row.task: row.samples_sha256 for row in cells.itertuples() if row.task == row.checkpoint}
        for row in cells.itertuples():
            same = row.samples_sha256 != "" and row.samples_sha256 == learned.get(row.task)
            fields = {"method": method, "seed": seed, "checkpoint": row.checkpoint, "task": row.task}
            rows.append({**fields, "status": row.status, "samples_sha256": row.samples_sha256, "as_learned": same})
    return pd.DataFrame(rows)


def cell(found: pd.DataFrame, loaded: Mapping[str, Loaded], method: str, t: int, i: int) -> Cell:
    """Samples of task i after task t, or the status that says why there are none."""
    status = found["status"][(found["method"] == method) & (found["checkpoint"] == t) & (found["task"] == i)]
    if len(status) and status.iloc[0] != "ok":
        return Cell(None, status.iloc[0])
    return Cell(loaded[method][t][0].get(i))


def specs(loaded: Mapping[str, Loaded]) -> list[str]:
    """The hashes of the specs that the samples were made from."""
    return sorted({spec for checkpoints in loaded.values() for _, spec in checkpoints.values()} - {""})


def of_specs(quality: pd.DataFrame, specs: Collection[str]) -> pd.DataFrame:
    """The rows of these specs; all rows where there is none of them."""
    found = quality[quality["spec"].isin(specs)]
    return found if len(found) else quality


def ended(quality: pd.DataFrame, method: str, task: int) -> str:
    """How the training of a task ended, as of the method's last checkpoint."""
    mine = quality[(quality["method"] == method) & (quality["task"] == task)]
    return scores.worst(mine[mine["checkpoint"] == mine["checkpoint"].max()]["status"])


def counts(found: pd.DataFrame, looks: Looks) -> str:
    """How many later looks at an earlier task were bit-identical, per method."""
    later = found[(found["checkpoint"] > found["task"]) & (found["status"] == "ok")]
    if not len(later):
        return ""
    shares = [
        f"{looks.label(method)} {int(rows['as_learned'].sum())} of {len(rows)}"
        for method in looks.ordered(later["method"])
        for rows in [later[later["method"] == method]]
    ]
    return f"Later samples of an earlier task bit-identical to those when it was learned: {', '.join(shares)}."
