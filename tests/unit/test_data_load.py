"""A task's images from prepared files."""

from dataclasses import replace

import pytest
import torch
from data_files import pixels

from mneme import files
from mneme.data.load import load, load_many
from mneme.data.stream import Task
from mneme.errors import UserError


@pytest.fixture
def prepared(tmp_path):
    grey, colour = torch.tensor(pixels(12, 1, 4, 4)), torch.tensor(pixels(6, 3, 4, 4))
    y = torch.arange(12) % 4
    content = {"x_train": grey, "y_train": y, "x_test": grey[:4], "y_test": y[:4], "classes": list("abcd")}
    files.save(tmp_path / "grey.pt", content)
    y = torch.arange(6) % 2
    content = {"x_train": colour, "y_train": y, "x_test": colour, "y_test": y, "classes": list("ef")}
    files.save(tmp_path / "colour.pt", content)
    return {"grey": tmp_path / "grey.pt", "colour": tmp_path / "colour.pt"}


def test_a_task_is_its_classes_under_the_streams_labels(prepared):
    task = Task(1, "two", "grey", classes=(3, 1), labels=(7, 5))
    data = load(task, "train", prepared, channels=1)
    whole = files.load(prepared["grey"])
    rows = [i for i, y in enumerate(whole["y_train"].tolist()) if y in (1, 3)]
    assert torch.equal(data["x"], whole["x_train"][rows])
    assert data["y"].tolist() == [{1: 5, 3: 7}[y] for y in whole["y_train"][rows].tolist()]
    assert (data["x"].dtype, data["y"].dtype) == (torch.uint8, torch.int64)
    assert load(task, "test", prepared, channels=1)["y"].tolist() == [5, 7]


def test_a_task_that_holds_nothing_out_trains_on_both_splits(prepared):
    task = Task(1, "two", "grey", classes=(3, 1), labels=(7, 5))
    parts = [load(task, split, prepared, channels=1) for split in ("train", "test")]
    whole = load(replace(task, hold_out=False), "train", prepared, channels=1)
    assert all(torch.equal(whole[key], torch.cat([part[key] for part in parts])) for key in ("x", "y"))
    assert torch.equal(load(replace(task, hold_out=False), "test", prepared, channels=1)["x"], parts[1]["x"])
    assert "hold_out" not in task.to_dict() and not Task.from_dict(replace(task, hold_out=False).to_dict()).hold_out


def test_the_loaded_images_outlive_the_file(prepared):
    data = load(Task(1, "all", "grey", (0, 1, 2, 3), (0, 1, 2, 3)), "train", prepared, channels=1)
    prepared["grey"].write_bytes(b"")
    assert torch.equal(data["x"], torch.tensor(pixels(12, 1, 4, 4)))


def test_grey_becomes_colour_but_not_the_other_way(prepared):
    grey, colour = Task(1, "g", "grey", (0,), (0,)), Task(2, "c", "colour", (1,), (1,))
    x = load(grey, "train", prepared, channels=3)["x"]
    assert torch.equal(x, load(grey, "train", prepared, channels=1)["x"].expand(-1, 3, -1, -1))
    with pytest.raises(UserError, match=r"dataset colour: its images have 3 channels .* set channels: 3"):
        load(colour, "train", prepared, channels=1)


def test_many_tasks_follow_one_another(prepared):
    tasks = [Task(1, "c", "colour", (0, 1), (4, 5)), Task(2, "g", "grey", (2,), (2,))]
    data = load_many(tasks, "train", prepared, channels=3)
    assert data["x"].shape == (9, 3, 4, 4)
    assert data["y"].tolist() == [4, 5, 4, 5, 4, 5, 2, 2, 2]


def test_what_is_not_there_is_named(prepared):
    with pytest.raises(UserError, match=r"task t: no prepared file for dataset gray \(did you mean 'grey'"):
        load(Task(1, "t", "gray", (0,), (0,)), "train", prepared, channels=1)
    with pytest.raises(UserError, match="task t: dataset colour has no class 2; its classes are 0 to 1"):
        load(Task(1, "t", "colour", (0, 2), (0, 1)), "train", prepared, channels=3)
    prepared["grey"].write_bytes(prepared["grey"].read_bytes()[:500])
    with pytest.raises(UserError, match=r"grey.pt: .*delete it and run again"):
        load(Task(1, "t", "grey", (0,), (0,)), "train", prepared, channels=1)
