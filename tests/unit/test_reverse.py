"""Reverse accuracy: what a classifier learns from images that may be good, mislabelled or all alike."""

import pytest
import torch
from evaluation_fakes import CPU, Painter

from mneme import files
from mneme.data.stream import Task
from mneme.probes import reverse

TASKS = [Task(1, "low", "toy", (0, 1), (0, 1)), Task(2, "high", "toy", (2,), (2,))]
SPEC = {
    **{"size": 8, "channels": 1},
    "settings": {"n": 40, "steps": 200, "batch": 32, "lr": 5e-3, "width": 8, "features": 16},
}


def painted(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """``n`` images of each class by the painter, whose classes differ in brightness."""
    labels = torch.arange(3).repeat(n)
    z = torch.randn(len(labels), 64, generator=torch.Generator().manual_seed(seed)) / 4
    return Painter().sample(TASKS[0], labels, z), labels


@pytest.fixture(scope="module")
def test_images():
    x, y = painted(30, seed=1)
    return {"x": x, "y": y}


def test_good_images_teach_the_classes(test_images):
    found = reverse.accuracies(*painted(40, seed=2), test_images, TASKS, SPEC, CPU)
    assert set(found) == {1, 2} and min(found.values()) > 0.9


def test_a_forgotten_class_is_not_learned(test_images):
    """Images asked of class 0 that show class 2: a classifier of them has never seen a 0."""
    images, labels = painted(40, seed=2)
    images[labels == 0] = images[labels == 2]
    found = reverse.accuracies(images, labels, test_images, TASKS, SPEC, CPU)
    mine = test_images["y"] < 2
    assert found[1] < 0.7 and mine.sum() == 60  # half of the images of task 1 are of class 0


def test_it_repeats_exactly(test_images):
    images, labels = painted(10, seed=2)
    first, second = (reverse.accuracies(images, labels, test_images, TASKS, SPEC, CPU) for _ in range(2))
    assert first == second


def test_generated_images_are_balanced_over_the_classes():
    method = Painter()
    images, labels = reverse.generated_images(method, TASKS, 5, stream="toys", seed=0, device=CPU)
    assert images.shape == (15, 1, 8, 8) and labels.bincount().tolist() == [5, 5, 5]
    assert labels.tolist() == [0, 1] * 5 + [2] * 5
    bright = images.float().mean((1, 2, 3))
    assert bright[labels == 0].mean() < bright[labels == 1].mean() < bright[labels == 2].mean()


def test_real_images_are_as_many_of_each_class_as_there_are(tmp_path):
    data = {"classes": ["a", "b", "c"], "y_train": torch.tensor([0] * 9 + [1] * 4 + [2] * 7)}
    data["x_train"] = data["y_train"].to(torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8).clone()
    files.save(tmp_path / "toy.pt", data | {"x_test": data["x_train"], "y_test": data["y_train"]})
    images, labels = reverse.real_images(TASKS, {"toy": tmp_path / "toy.pt"}, 1, 5)
    assert labels.bincount().tolist() == [5, 4, 5]
    assert torch.equal(images[:, 0, 0, 0].long(), labels)


def test_rows_stand_beside_what_real_images_teach(test_images):
    identity = {"stream": "toys", "method": "painter"}
    made = reverse.rows_of({1: 0.5, 2: 0.25}, {1: 0.9, 2: 0.8}, test_images["y"], TASKS, "ok", identity)
    assert [(row["task"], row["value"], row["real"], row["n"]) for row in made] == [
        (1, 0.5, 0.9, 60),
        (2, 0.25, 0.8, 30),
    ]
    assert {row["metric"] for row in made} == {"reverse_accuracy"}
    missing = reverse.rows_of({}, {1: 0.9, 2: 0.8}, test_images["y"], TASKS, "diverged", identity)
    assert [(row["value"], row["status"]) for row in missing] == [(None, "diverged")] * 2
