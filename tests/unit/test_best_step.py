"""The step that validation images choose, and its accuracy on test images."""

import pytest
import torch
from evaluation_fakes import CPU

from mneme import files
from mneme.data.stream import Task
from mneme.probes import best_step

TASKS = [Task(1, "low", "toy", (0,), (0,)), Task(2, "high", "toy", (1,), (1,))]


class Constant:
    """Predicts one class."""

    device = CPU

    def __init__(self, label: int) -> None:
        self.label = label

    def predict(self, images):
        return torch.eye(2)[self.label].expand(len(images), 2)


class Border(Constant):
    """Predicts by brightness."""

    def predict(self, images):
        return torch.eye(2)[(images.float().mean((1, 2, 3)) > self.label).long()]


@pytest.fixture
def data(tmp_path):
    y = torch.arange(20) % 2
    x = (20 + 100 * y).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).to(torch.uint8)
    splits = {f"x_{split}": x for split in ("train", "val", "test")} | {f"y_{s}": y for s in ("train", "val", "test")}
    splits["x_test"] = x.clone()
    splits["x_test"][:4] = 90  # two dark test images are bright
    files.save(tmp_path / "toy.pt", {"classes": ["a", "b"], "spec": "d", **splits})
    return {"toy": tmp_path / "toy.pt"}


def rows(monkeypatch, tmp_path, data, methods):
    files.save(tmp_path / "snapshots.pt", {"steps": {step: {} for step in methods}})
    monkeypatch.setattr(best_step, "restore_snapshot", lambda chain, base, path, step, device: methods[step])
    spec = {"stream": "toys", "method": "m", "seed": 0, "checkpoint": 2, "threads": 1, "chain": {"channels": 1}}
    spec["tasks"] = [task.to_dict() for task in TASKS]
    out = tmp_path / "rows.json"
    best_step.measure_best_step(spec, data=data, snapshots=tmp_path / "snapshots.pt", device=CPU, rows=out)
    return files.read_json(out)


def test_the_best_step_is_tested_and_not_the_last(monkeypatch, tmp_path, data):
    found = rows(monkeypatch, tmp_path, data, {5: Constant(0), 10: Border(70), 15: Constant(1)})
    assert [(row["task"], row["value"], row["n"]) for row in found] == [(1, 0.8, 10), (2, 1.0, 10)]
    assert {row["metric"] for row in found} == {"test_accuracy_best"}


def test_without_a_snapshot_there_is_no_value(monkeypatch, tmp_path, data):
    assert [(r["value"], r["status"]) for r in rows(monkeypatch, tmp_path, data, {})] == [(None, "diverged")] * 2


def test_the_first_of_equal_steps():
    assert best_step.best({30: 0.5, 10: 0.9, 20: 0.9}) == 10
