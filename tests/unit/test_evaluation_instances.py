"""Pixel distances between samples of equal noise, along a chain."""

import pytest
import torch

from mneme.evaluation import instances


def grey(level: int, n: int = 4) -> torch.Tensor:
    return torch.full((n, 1, 2, 2), level, dtype=torch.uint8)


def row(checkpoint: int, task: int, **fields) -> dict:
    chain = {"stream": "s", "method": "m", "seed": 0, "task_name": "x", "device": "cpu"}
    return {**chain, "checkpoint": checkpoint, "task": task, "spec": f"spec{checkpoint}", "status": "ok", **fields}


def test_the_distance_is_the_mean_over_pixels():
    assert instances.distance(grey(10), grey(61)) == pytest.approx(0.2)
    assert instances.distance(grey(61), grey(10, n=2)) == pytest.approx(0.2)  # neither sign nor count matters


def test_a_later_checkpoint_is_held_against_the_one_that_learned_the_task():
    cells = [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]
    measured = [row(*cell, metric=metric) for cell in cells for metric in ("fid_clf", "task_accuracy")]
    samples = [
        {"spec": "spec1", "1": grey(0)},
        {"spec": "spec2", "1": grey(51), "2": grey(200)},
        {"spec": "spec3", "1": grey(102), "2": grey(200), "3": grey(9), "features": {}},
    ]
    made = instances.rows(measured, samples)
    found = {(one["checkpoint"], one["task"]): one["value"] for one in made}
    assert found == pytest.approx({(1, 1): 0, (2, 1): 0.2, (2, 2): 0, (3, 1): 0.4, (3, 2): 0, (3, 3): 0})
    assert {one["metric"] for one in made} == {"pixel_distance"} and {one["n"] for one in made} == {4}


def test_a_hole_has_no_distance():
    measured = [row(1, 1, status="diverged"), row(2, 1), row(2, 2, status="collapsed")]
    made = instances.rows(measured, [{"spec": "spec1"}, {"spec": "spec2", "1": grey(5)}])
    assert [one["value"] for one in made] == [None] * 3
    assert [one["status"] for one in made] == ["diverged", "diverged", "collapsed"]
