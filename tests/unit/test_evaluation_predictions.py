"""The accuracy of a method's own predictions, by hand."""

import pytest
import torch

from mneme.data.stream import Task
from mneme.evaluation.measures import METRICS, SHARES
from mneme.evaluation.predictions import BATCH, measure, name_of, right

NONE = -torch.inf
SCORES = torch.tensor(
    [
        [0.1, 0.7, 0.2, NONE],  # 1, then 2, 0
        [0.5, 0.1, 0.3, NONE],  # 0, then 2, 1
        [NONE, NONE, 0.0, NONE],  # 2 alone
        [-9.0, -1.0, -2.0, NONE],  # 1, then 2, 0: scores may be below zero
    ]
)
LABELS = torch.tensor([1, 2, 2, 3])
TASK = Task(2, "second", "toy", (5, 6), (1, 2))


@pytest.mark.parametrize(("k", "count"), [(1, 2), (2, 3), (3, 3), (4, 3), (5, 3)])
def test_the_label_is_among_the_k_highest_scores(k, count):
    """With k of 4 and more all classes are named, but minus infinity is no prediction: label 3 is never right."""
    assert right(SCORES, LABELS, k) == count


def test_minus_infinity_is_not_picked_where_too_few_classes_have_an_output():
    scores = torch.full((3, 6), NONE)
    scores[:, 4] = 1.0
    assert [right(scores, torch.full((3,), label), 5) for label in range(6)] == [0, 0, 0, 0, 3, 0]
    assert right(torch.full((2, 3), NONE), torch.zeros(2, dtype=torch.long), 1) == 0


def test_accuracy_agrees_with_a_loop():
    generator = torch.Generator().manual_seed(0)
    scores, labels = torch.randn(50, 9, generator=generator), torch.randint(0, 9, (50,), generator=generator)
    for k in (1, 3, 5):
        loop = sum(label in sorted(range(9), key=lambda j: -row[j])[:k] for row, label in
                   zip(scores.tolist(), labels.tolist(), strict=True))  # fmt: skip
        assert right(scores, labels, k) == loop


class Fixed:
    """Predicts the class that an image's first pixel says; counts the images of each call."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        self.seen = []

    def predict(self, images):
        self.seen.append(len(images))
        return torch.eye(8)[images[:, 0, 0, 0].long()]


def images(labels):
    x = torch.zeros(len(labels), 1, 4, 4, dtype=torch.uint8)
    x[:, 0, 0, 0] = torch.tensor(labels, dtype=torch.uint8)
    return x


def test_rows_of_the_quality_table():
    """Two of three images show the class they are said to be of."""
    test = {"x": images([1, 2, 7]), "y": torch.tensor([1, 2, 1])}
    first, fifth = measure(Fixed(), TASK, "ok", test, (1, 5), {"method": "m"})
    assert first == {
        **{"method": "m", "task": 2, "task_name": "second", "metric": "test_accuracy", "value": 2 / 3, "std": None},
        **{"real": None, "n": 3, "extractor": "method", "samples_sha256": None, "status": "ok"},
    }
    assert (fifth["metric"], fifth["n"]) == ("test_accuracy_top5", 3)
    assert measure(Fixed(), TASK, "ok", test, (), {}) == []


def test_many_images_are_predicted_in_parts():
    method, labels = Fixed(), [3] * (BATCH + 7)
    (row,) = measure(method, TASK, "ok", {"x": images(labels), "y": torch.tensor(labels)}, (1,), {})
    assert method.seen == [BATCH, 7] and row["value"] == 1.0


def test_a_task_that_diverged_has_rows_without_values():
    method = Fixed()
    rows = measure(method, TASK, "diverged", {"x": images([1]), "y": torch.tensor([1])}, (1, 5), {})
    assert [(row["value"], row["status"], row["n"]) for row in rows] == [(None, "diverged", 1)] * 2
    assert method.seen == []


def test_it_is_another_measure_than_that_of_generated_images():
    assert {name_of(1), name_of(5)} <= set(METRICS) and {name_of(1), name_of(5)} <= set(SHARES)
    assert not {name_of(1), name_of(5)} & {"class_accuracy", "task_accuracy"}
