"""The table across papers: averages along the stream, what is left out of it, and costs."""

import numpy as np
import pandas as pd
import pytest

from mneme.figures import across

R = {1: [0.9], 2: [0.5, 0.7], 3: [0.4, 0.6, 0.8]}


def quality(method: str = "a", seed: int = 0, checkpoints=(1, 2, 3), status: str = "ok") -> pd.DataFrame:
    rows = [
        {"method": method, "seed": seed, "metric": "task_accuracy", "checkpoint": t, "task": i, "value": value,
         "status": status, "real": 1.0}
        for t in checkpoints for i, value in enumerate(R[t], 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def summary(*methods: str) -> pd.DataFrame:
    numbers = {"final_mean": 0.6, "forgetting": 0.3, "backward_transfer": -0.3, "status": "ok"}
    return pd.DataFrame([{"method": m, "seed": 0, "metric": "task_accuracy", **numbers} for m in methods])


def test_the_average_is_over_checkpoints_of_the_mean_over_tasks_seen():
    found = across.statistics(quality(), summary("a"), last=3).set_index("statistic")
    slow = np.mean([np.mean(R[t]) for t in (1, 2, 3)])
    assert found.loc["average", "mean"] == pytest.approx(slow) and slow == pytest.approx((0.9 + 0.6 + 0.6) / 3)
    assert list(found["mean"][["final_mean", "forgetting", "backward_transfer"]]) == [0.6, 0.3, -0.3]


def test_a_method_that_was_measured_at_some_checkpoints_has_a_final_mean_alone():
    found = across.statistics(quality(checkpoints=(2, 3)), summary("a"), last=3)
    assert set(found["statistic"]) == {"final_mean"}


def test_costs_add_the_frozen_base_and_take_the_last_task(tmp_path):
    row = {"method": "a", "added": 0, "counted": 0, "seconds": None, "spec": ""}
    storage = [{**row, "task": t, "bytes": 100 * t, "base": 50, "real": 10 * t} for t in (1, 2)]
    timings = {}
    for t in (1, 2):
        path = tmp_path / f"{t}.json"
        path.write_text(f'{{"device": "cpu", "spec": "", "stretches": [[10, {0.1 * t}], [20, {0.1 * t}]]}}')
        timings[t] = str(path)
    (cost,) = across.costs(storage, {"a": {0: timings}}).values()
    assert (cost.bytes, cost.real) == (250, 20)
    assert cost.seconds == pytest.approx((20 * 0.1 + 20 * 0.2) / 2)
    assert cost.printed() == ["0.00", "3.0", "20"]
