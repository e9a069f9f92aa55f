"""The accuracy of a method's own predictions on real test images: what a class-incremental classifier is asked for.

It is another thing than the accuracy of generated images, which the evaluator predicts (``class_accuracy``); no column
mixes them.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mneme.data.stream import Task
from mneme.evaluation.job import Row, row
from mneme.method import Method

BATCH = 250


def name_of(k: int) -> str:
    """The measure's name in the tables: ``test_accuracy``, or ``test_accuracy_top5``."""
    return "test_accuracy" if k == 1 else f"test_accuracy_top{k}"


def right(scores: Tensor, labels: Tensor, k: int) -> int:
    """How many images have their label among the k highest scores; a score of minus infinity is no prediction.

    Args:
        scores: float [N, K], of each stream label.
        labels: int64 [N].
    """
    values, found = scores.topk(min(k, scores.shape[1]), dim=1)
    return int(((found == labels[:, None]) & values.isfinite()).any(1).sum())


@torch.no_grad()
def predict(method: Method, images: Tensor) -> Tensor:
    """Scores float [N, K] on the CPU of images uint8 [N, C, S, S], a batch at a time."""
    return torch.cat([method.predict(x.to(method.device)).cpu() for x in images.split(BATCH)])


def measure(
    method: Method, task: Task, status: str, test: Mapping[str, Tensor], top: Sequence[int], identity: Row
) -> list[Row]:
    """Rows of the quality table: the share of a task's test images that are given their own class, among the classes of
    all tasks so far.

    Args:
        status: ``ok``, or what befell the training; then the values are None.
        test: x uint8 [N, C, S, S] and y int64 [N], the stream's labels.
        top: the k of each accuracy.
    """
    n, found = len(test["y"]), dict.fromkeys(top)
    if status == "ok":
        scores = predict(method, test["x"])
        found = {k: right(scores, test["y"], k) / n for k in top}
    return [row(task, name_of(k), value, n, status, identity) for k, value in found.items()]
