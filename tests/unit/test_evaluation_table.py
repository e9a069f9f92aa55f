import json
import math

import pandas as pd
import pytest

from mneme.evaluation import columns, table

ORIGIN = {"device": "cpu", "torch": "2", "torch_fidelity": "0.4.0", "spec": "abc", "samples_sha256": "f"}
CHAIN = {"tier": "smoke", "experiment": "toy", "stream": "digits", "method": "finetune", "seed": 0}


def rows(metric: str, R: list[list[float | None]], **changed):
    """Quality rows of one chain from the lower triangle of R."""
    return [
        {
            **CHAIN,
            **ORIGIN,
            **{"checkpoint": t, "task": i, "task_name": f"task{i}", "metric": metric, "value": value, "std": None},
            **{
                "real": 0.5 * i,
                "n": 100 + i,
                "extractor": "classifier",
                "status": "ok" if value is not None else "diverged",
            },
            **changed,
        }
        for t, row in enumerate(R, start=1)
        for i, value in enumerate(row, start=1)
    ]


def one(frame: pd.DataFrame, **where) -> dict:
    for name, value in where.items():
        frame = frame[frame[name] == value]
    assert len(frame) == 1
    return frame.iloc[0].to_dict()


def test_summary_of_a_distance_and_an_accuracy():
    measured = rows("fid_clf", [[2.0], [8.0, 3.0]]) + rows("task_accuracy", [[0.9], [0.4, 0.8]])
    summary = table.summary(table.quality(measured))
    fid, accuracy = one(summary, metric="fid_clf"), one(summary, metric="task_accuracy")
    assert (fid["final_mean"], fid["forgetting"], fid["backward_transfer"]) == (5.5, 6.0, -6.0)
    assert accuracy["final_mean"] == pytest.approx(0.6)
    assert (accuracy["forgetting"], accuracy["backward_transfer"]) == pytest.approx((0.5, -0.5))
    assert (fid["n_tasks"], fid["n"], fid["real_mean"], fid["status"]) == (2, 101, 0.75, "ok")
    assert fid["torch_fidelity"] == "0.4.0"


def test_chains_are_kept_apart():
    measured = rows("fid", [[2.0]]) + rows("fid", [[4.0]], seed=1) + rows("fid", [[6.0]], method="joint")
    summary = table.summary(table.quality(measured))
    assert {(row.method, row.seed): row.final_mean for row in summary.itertuples()} == {
        ("finetune", 0): 2.0,
        ("finetune", 1): 4.0,
        ("joint", 0): 6.0,
    }


def test_a_diverged_chain_is_a_hole_with_its_status():
    summary = table.summary(table.quality(rows("fid_clf", [[2.0], [None, None]])))
    row = one(summary, metric="fid_clf")
    assert math.isnan(row["final_mean"]) and math.isnan(row["forgetting"]) and row["status"] == "diverged"


def test_the_source_is_no_task_of_the_stream():
    source = rows("fid_clf", [[9.0]], checkpoint=0, task=0, method="base")
    measured = source + rows("fid_clf", [[2.0]])
    assert len(table.quality(measured)) == 2
    assert list(table.summary(table.quality(measured))["method"]) == ["finetune"]


def test_the_order_of_the_files_changes_no_byte(tmp_path):
    measured = rows("fid_clf", [[2.0], [8.0, 1 / 3]]) + rows("kid_clf", [[0.1], [0.2, None]])
    for name, ordered in (("a", measured), ("b", measured[::-1])):
        frame = table.quality(json.loads(json.dumps(ordered)))
        table.write_csv(frame, tmp_path / f"{name}.csv")
        table.write_parquet(frame, tmp_path / f"{name}.parquet")
    for kind in ("csv", "parquet"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_csv_and_parquet_hold_the_same_numbers(tmp_path):
    frame = table.quality(rows("fid_clf", [[2.0], [1 / 3, None]]))
    table.write_csv(frame, tmp_path / "t.csv")
    table.write_parquet(frame, tmp_path / "t.parquet")
    from_csv, from_parquet = pd.read_csv(tmp_path / "t.csv"), pd.read_parquet(tmp_path / "t.parquet")
    assert from_csv["value"].tolist()[:2] == from_parquet["value"].tolist()[:2] == [2.0, 1 / 3]
    assert math.isnan(from_csv["value"][2]) and math.isnan(from_parquet["value"][2])
    assert list(from_csv) == list(from_parquet) == columns.QUALITY


def test_no_rows_are_a_table_with_a_header(tmp_path):
    table.write_csv(table.curve([]), tmp_path / "curve.csv")
    assert (tmp_path / "curve.csv").read_text() == ",".join(columns.CURVE) + "\n"
    assert table.summary(table.quality([])).empty
    assert str(table.curve([])["value"].dtype) == "float64"


def test_a_curve_is_in_order_of_steps():
    measured = [row | {"step": step} for step in (100, 20, 3) for row in rows("fid_clf", [[float(step)]])]
    assert table.curve(measured)["value"].tolist() == [3.0, 20.0, 100.0]
