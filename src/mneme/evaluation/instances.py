"""Whether a later generator makes the same image of an earlier task for the same noise, or another one of its class.

MeRGAN, section 3.2: alignment remembers instances, joint retraining categories. Both can be accurate; the distance
between pixels at equal noise tells them apart. It needs no network and is 0 where nothing was forgotten.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

METRIC = "pixel_distance"


def distance(before: Tensor, after: Tensor) -> float:
    """Mean absolute difference of uint8 images [N, C, S, S] of the same noise, as a share of all grey levels."""
    n = min(len(before), len(after))
    return (after[:n].double() - before[:n].double()).abs().mean().item() / 255


def rows(measured: Iterable[Mapping[str, Any]], samples: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row of the quality table a cell (t, i): task i after task t, against how it was when it was learned.

    Args:
        measured: rows of the evaluate jobs; they say where each file of samples belongs.
        samples: contents of their ``samples.pt``: ``spec``, and images by task index; a task that diverged has none.
    """
    grids = {one["spec"]: one for one in samples}
    cells = {(*place(row), row["checkpoint"], row["task"]): row for row in measured if row["spec"] in grids}

    def images(row: Mapping[str, Any]) -> Tensor | None:
        return grids[row["spec"]].get(str(row["task"]))

    made = []
    for row in cells.values():
        first = cells.get((*place(row), row["task"], row["task"]))
        if first is None or row["task"] == 0:
            continue
        learned, now = images(first), images(row)
        n, value = 0, None
        if learned is not None and now is not None:
            n, value = min(len(learned), len(now)), distance(learned, now)
        status = row["status"] if row["status"] != "ok" else first["status"]
        extra = {"metric": METRIC, "value": value, "n": n, "status": status, "extractor": "none"}
        made.append({**row, **extra, "std": None, "real": None, "samples_sha256": None})
    return made


def place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The chain a row is of."""
    return row["stream"], row["method"], row["seed"]
