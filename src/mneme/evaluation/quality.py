"""One cell of R[t, i]: the samples of a task from a checkpoint, measured, as rows of the tidy table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase

from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.evaluation import metrics
from mneme.evaluation.extractor import Kind, extract
from mneme.evaluation.job import Row, row
from mneme.evaluation.metrics import Measure
from mneme.evaluation.samples import Generative, balanced, draw, fingerprint, to_classes
from mneme.evaluation.translation import MEASURES as OF_PAIRS
from mneme.evaluation.translation import against_targets, translate

DISTRIBUTION = ("fid", "kid", "precision", "recall")
ACCURACY = ("task_accuracy", "class_accuracy")
MEASURES: dict[Kind, tuple[str, ...]] = {
    "classifier": (*DISTRIBUTION, "diversity", *ACCURACY),
    "inception": DISTRIBUTION,
}


@dataclass(frozen=True)
class Evaluator:
    """An extractor, and the references of the tasks that it measures (:mod:`mneme.evaluation.reference`).

    Attributes:
        kind: ``classifier`` or ``inception``.
        references: task index -> what :func:`mneme.evaluation.reference.build` returned.
    """

    kind: Kind
    extractor: FeatureExtractorBase
    references: Mapping[int, Mapping[str, Any]]


def label(measure: str, kind: Kind) -> str:
    """A measure's name in the tables: an FID in the classifier's features is an ``fid_clf``, never an ``fid``."""
    return measure if kind == "inception" or measure in (*ACCURACY, *OF_PAIRS) else f"{measure}_clf"


def measure(
    wanted: Sequence[str],
    outputs: Mapping[str, Tensor],
    real: Tensor,
    *,
    subsets: int,
    task_classes: list[int],
    classes: Tensor,
) -> dict[str, Measure]:
    """Measure M >= N images: the first N against N real ones, the accuracies on all.

    Args:
        wanted: which of :data:`MEASURES`; nothing else is computed.
        outputs: what :func:`mneme.evaluation.extractor.extract` returned for the images.
        real: features [N, D] of the real images.
        subsets: KID subsets.
        task_classes: the classifier's numbers of the task's classes.
        classes: int64 [M], the classifier's number of the class each image shows or was asked to show.
    """
    features = outputs["features"][: len(real)]
    found: dict[str, Measure] = {}
    if "fid" in wanted:
        found["fid"] = metrics.fid(features, real)
    if "kid" in wanted:
        found["kid"] = metrics.kid(features, real, subsets)
    if "precision" in wanted or "recall" in wanted:
        found["precision"], found["recall"] = metrics.precision_recall(features, real)
    if "diversity" in wanted:
        found["diversity"] = metrics.diversity(features)
    if "task_accuracy" in wanted:
        found["task_accuracy"] = metrics.task_accuracy(outputs["logits"], torch.tensor(task_classes))
    if "class_accuracy" in wanted:
        found["class_accuracy"] = metrics.class_accuracy(outputs["logits"], classes)
    return {name: found[name] for name in wanted}


def line(rows: Sequence[Row]) -> str:
    """Rows of one task as a line for the log: the measures that have a value."""
    return "  ".join(f"{row['metric']} {row['value']:.4g}" for row in rows if row["value"] is not None) or "no value"


def measures_of(method: Generative, task: Task, kind: Kind) -> list[str]:
    """What an evaluator measures of a task: the class of an image only where it was asked for."""
    asked_for = method.CONDITIONAL and task.kind == "label"
    names = [name for name in MEASURES[kind] if asked_for or name != "class_accuracy"]
    return [*names, *(OF_PAIRS if kind == "classifier" and task.kind == "paired" else ())]


def measure_task(
    method: Generative,
    task: Task,
    status: str,
    evaluators: Sequence[Evaluator],
    identity: Row,
    *,
    device: torch.device,
    only: Sequence[str] | None = None,
    accuracy: int = 0,
    first: int | None = None,
) -> tuple[list[Row], Tensor | None]:
    """Sample a task once and measure the samples with every evaluator.

    Of a task that translates the samples are those of the references' given images, five for each where the method has
    noise; all are looked at for accuracies and against targets, and the first for distances.

    Args:
        method: it may be anything when ``status`` is not ``ok``; only its ``CONDITIONAL`` is looked at.
        status: ``ok``, or what befell the training of this task: ``diverged`` or ``collapsed``.
        identity: what every row says of its origin; its ``stream`` and ``seed`` fix the noise.
        only: the measures to take; all when None. The accuracy of a class is taken of conditional methods only.
        accuracy: take accuracies on at least so many images, where the references hold fewer.
        first: make only so many images, for accuracies alone.

    Returns:
        One row a measure, and the samples uint8 [N, C, S, S]; nothing without evaluators. Where the status is not
        ``ok``: rows with the value None, and no samples. ``n`` of accuracies and measures of pairs counts what was
        asked for: of translations given images, for those of one image are not independent.

    Raises:
        UserError: the references of the evaluators hold different numbers of images.
    """
    counts = {evaluator.references[task.index]["n"] for evaluator in evaluators}
    if not counts:
        return [], None
    if len(counts) > 1:
        raise UserError(f"the references of task '{task.name}' hold {sorted(counts)} images; build them with one n")
    n = counts.pop()
    most = max(n, accuracy)
    asked = evaluators[0].references[task.index]
    counted = min(most, first or most) if task.kind == "label" else len(asked["given"][:first])
    images = digest = None
    if status == "ok":
        origin = {"stream": identity["stream"], "seed": identity["seed"], "device": device}
        if task.kind == "label":
            images = draw(method, task, most, **origin, first=first)
        else:
            images = translate(method, task, asked["given"][:first], **origin, **({"rows": 1} if first else {}))
        digest = fingerprint(images)
    rows = []
    for evaluator in evaluators:
        kind, reference = evaluator.kind, evaluator.references[task.index]
        wanted = [name for name in measures_of(method, task, kind) if only is None or name in only]
        found: Mapping[str, Measure] = {}
        if images is not None:
            found = measure(
                [name for name in wanted if name not in OF_PAIRS],
                extract(evaluator.extractor, images if kind == "classifier" else images[:n], device),
                reference["features"],
                subsets=reference["kid_subsets"],
                task_classes=reference["classes"],
                classes=to_classes(task, reference["classes"], balanced(task, len(images))),
            )
            if any(name in OF_PAIRS for name in wanted):
                found = {**found, **against_targets(images, asked["targets"])}
        for name in wanted:
            value, std = found.get(name, (None, None))
            metric, among = label(name, kind), counted if name in (*ACCURACY, *OF_PAIRS) else n
            beside = {"extractor": kind, "std": std, "real": reference["heldout"].get(metric), "samples": digest}
            rows.append(row(task, metric, value, among, status, identity, **beside))
    return rows, images
