"""Figures of streams that translate: forgetting by hand, and the table after the last task."""

import pandas as pd
import pytest

from mneme.figures import final_table, forgetting
from mneme.figures.kit.drawing import Context, Looks

TASKS = [{"index": i, "name": name} for i, name in enumerate(("a", "b", "c"), start=1)]
CONTEXT = Context("demo", "e", "T", TASKS, Looks())
L1 = {"keeps": [[9.0], [9.0, 8.0], [9.0, 8.0, 7.0]], "loses": [[9.0], [7.0, 8.0], [30.0, 20.0, 7.0]]}


def rows(metric: str, values: dict, seed: int = 0, real: float | None = None) -> list[dict]:
    same = {"stream": "s", "seed": seed, "metric": metric, "real": real, "n": 20, "samples_sha256": "", "spec": "0"}
    return [
        {**same, "method": method, "checkpoint": t, "task": i, "task_name": str(i), "value": value,
         "status": "ok" if value is not None else "diverged"}
        for method, matrix in values.items() for t, line in enumerate(matrix, 1) for i, value in enumerate(line, 1)
    ]  # fmt: skip


def table(*parts: list[dict]) -> pd.DataFrame:
    made = pd.DataFrame([row for part in parts for row in part])
    return made.astype({"value": float, "real": float})


def test_what_was_lost_is_the_best_ever_less_what_there_is():
    found = forgetting.lost(table(rows("l1", L1)), "l1").set_index(["method", "checkpoint"])["value"]
    assert found["keeps"].tolist() == [0, 0]
    assert found["loses", 2] == 7 - 9, "task 1 was never better"
    assert found["loses", 3] == pytest.approx(((30 - 7) + (20 - 8)) / 2), "against its best, not as learned"


def test_accuracies_are_lost_downwards():
    values = {"loses": [[0.9], [0.95, 0.8], [0.1, 0.7, 1.0]]}
    found = forgetting.lost(table(rows("task_accuracy", values)), "task_accuracy")["value"].tolist()
    assert found == pytest.approx([-0.05, (0.85 + 0.1) / 2])


def test_a_run_that_diverged_has_no_point():
    values = {"keeps": [[9.0], [9.0, 8.0], [None, 8.0, 7.0]]}
    found = forgetting.lost(table(rows("l1", values)), "l1").set_index("checkpoint")
    assert found["value"][2] == 0 and pd.isna(found["value"][3]) and found["status"][3] == "diverged"
    drawing = forgetting.draw(CONTEXT, table(rows("l1", values), rows("l1", values, seed=1)))
    assert drawing.table["n"].tolist() == [2, 0] and "Missing values" in drawing.caption


def test_the_table_of_translations_has_their_measures():
    accuracy = {name: [[0.5], [0.5, 0.75], [0.5, 0.75, 1.0]] for name in L1}
    quality = table(rows("l1", L1), rows("task_accuracy", accuracy, real=0.98))
    entry = {
        "id": "x",
        "metric": "task_accuracy",
        "after": 3,
        "values": {"keeps": 0.9255},
        "where": "Table 4",
        "note": "",
    }
    drawing = final_table.draw(CONTEXT, quality, [{**entry, "dataset": ["a", "b", "c"], "size": 128}])
    shown = drawing.table.set_index(["method", "metric"])
    assert shown["mean"]["loses", "l1"] == pytest.approx((30 + 20 + 7) / 3)
    assert shown["mean"]["keeps", "task_accuracy"] == pytest.approx(0.75)
    assert shown["published"]["keeps", "task_accuracy"] == 0.9255 and shown["published"].notna().sum() == 1
    assert "the task that was asked for" in drawing.caption and "Table 4" in drawing.caption
    assert drawing.printed.iloc[-1].tolist()[0] == "Real images" and "98.0" in drawing.printed.iloc[-1].tolist()
    assert "\u2013" in drawing.printed.iloc[-1].tolist(), "targets against targets have no L1"
