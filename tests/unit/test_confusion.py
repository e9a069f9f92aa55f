"""The share of earlier tasks that is taken for the last one: by hand, and in a job."""

import pytest
import torch
from evaluation_fakes import CPU

from mneme import files
from mneme.data.stream import Task
from mneme.probes import confusion

TASKS = [
    Task(1, "low", "toy", (0, 1), (0, 1)),
    Task(2, "middle", "toy", (2,), (2,)),
    Task(3, "high", "toy", (3,), (3,)),
]


class Classifier:
    """Scores by brightness; brighter than ``border`` is the last class."""

    device = CPU

    def __init__(self, border: int) -> None:
        self.border = border

    def predict(self, images):
        scores = torch.zeros(len(images), 4)
        scores[:, 3] = torch.where(images.float().mean((1, 2, 3)) > self.border, 1.0, -float("inf"))
        return scores


@pytest.fixture
def data(tmp_path):
    """Four classes of ten images each, of brightness 10, 60, 110 and 160."""
    y = torch.arange(40) % 4
    x = (10 + 50 * y).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).to(torch.uint8)
    path = tmp_path / "toy.pt"
    files.save(path, {"classes": list("abcd"), "spec": "d", "x_train": x, "y_train": y, "x_test": x, "y_test": y})
    return {"toy": path}


def rows(monkeypatch, tmp_path, data, border, state="ok"):
    statuses = {3: {"state": state}}
    monkeypatch.setattr(confusion, "restore", lambda *_: (Classifier(border), statuses))
    spec = {"stream": "toys", "method": "m", "seed": 0, "checkpoint": 3, "threads": 1, "chain": {"channels": 1}}
    spec["tasks"] = [task.to_dict() for task in TASKS]
    confusion.measure_confusion(spec, data=data, checkpoints={}, device=CPU, rows=tmp_path / "rows.json")
    return files.read_json(tmp_path / "rows.json")


@pytest.mark.parametrize("border, expected", [(200, [0.0, 0.0]), (100, [0.0, 1.0]), (30, [0.5, 1.0]), (0, [1.0, 1.0])])
def test_shares_of_earlier_tasks(monkeypatch, tmp_path, data, border, expected):
    found = rows(monkeypatch, tmp_path, data, border)
    assert [(row["task"], row["value"], row["n"]) for row in found] == [(1, expected[0], 20), (2, expected[1], 10)]
    assert {row["metric"] for row in found} == {"past_as_current"}


def test_a_diverged_checkpoint_has_no_value(monkeypatch, tmp_path, data):
    found = rows(monkeypatch, tmp_path, data, 0, "diverged")
    assert [(row["value"], row["status"]) for row in found] == [(None, "diverged")] * 2
