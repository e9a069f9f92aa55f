"""The real side of every comparison, once per task and extractor, and what real images score against it.

The values of real images against each other are the baseline: N finite images of the very same distribution do not
reach FID 0 or precision 1, and a method can be no better than they are.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase

from mneme import files
from mneme.data.load import load as load_images
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.evaluation.extractor import Kind, create, extract
from mneme.evaluation.job import pin_threads
from mneme.evaluation.metrics import MIN_IMAGES
from mneme.evaluation.quality import MEASURES, label, measure
from mneme.evaluation.samples import to_classes
from mneme.script import Output
from mneme.spec import derive_seed, spec_hash

BY_NUMBER = ("fid", "precision", "recall")
"""Measures that depend on how many images they are taken of; KID and accuracies do not."""


class Reals(NamedTuple):
    """The real images of a task.

    Attributes:
        reference: uint8 [N, C, S, S] to compare with.
        heldout: uint8 [N, C, S, S], others.
        heldout_labels: int64 [N], stream labels of these.
        unseen: how many of them, the first, accuracies are taken on: test images, which no classifier learned from.
    """

    reference: Tensor
    heldout: Tensor
    heldout_labels: Tensor
    unseen: int


def make_reference(
    spec: dict[str, Any],
    *,
    data: dict[str, Path],
    classifier: Path,
    inception_weights: Path | None = None,
    device: torch.device,
    output: Output,
) -> None:
    """Extract the features of a task's real images, and measure real images against each other.

    Args:
        data: prepared file of the task's dataset.
        inception_weights: published weights, where the extractor is Inception.
        output: what :func:`build` and :func:`given_images` return, tensors. A translation is compared with as many
            real images as are given, or less, so that methods with and without noise are measured on one number.

    Raises:
        UserError: a file is damaged, there are too few images, or the weights are not the published ones.
    """
    pin_threads(spec["threads"])
    task, kind = Task.from_dict(spec["task"]), spec["extractor"]
    real, test = (load_images(task, name, data, spec["channels"]) for name in ("train", "test"))
    asked = given_images(task, test, spec["n"])
    n = len(asked["given"]) if asked else spec["n"]
    seed = derive_seed(spec["stream"], task.index, spec["seed"], "reference")
    record = build(
        task,
        split(task, real, test, n, seed),
        kind,
        create(kind, inception_weights if kind == "inception" else classifier, device),
        classes=classifier_classes(task, spec["offsets"]),
        kid_subsets=spec["kid_subsets"],
        grid=spec["grid"],
        device=device,
    )
    baseline = "  ".join(f"{name} {value:.4g}" for name, value in record["heldout"].items())
    print(f"{record['n']} real images of task '{task.name}' against as many others: {baseline}", file=sys.stderr)
    files.save(output, {"spec": spec_hash(spec), **record, **asked})


def given_images(task: Task, test: Mapping[str, Tensor], n: int) -> dict[str, Tensor]:
    """What every method is asked to translate: up to ``n`` given images of the test split, evenly spaced.

    Returns:
        ``given`` uint8 [N, C, S, S] and, where the task is paired, ``targets`` like it; empty for a task of labels.
    """
    if task.kind == "label":
        return {}
    total = len(test["a"])
    chosen = torch.arange(min(n, total)) * total // min(n, total)
    given = {"given": test["a"][chosen]}
    return given | ({"targets": test["x"][chosen]} if task.kind == "paired" else {})


def classifier_classes(task: Task, offsets: Mapping[str, int]) -> list[int]:
    """The classifier's numbers of a task's classes: it knows all classes of all datasets, one dataset after another.

    Raises:
        UserError: the classifier was not trained on the task's dataset.
    """
    if task.dataset not in offsets:
        raise UserError(f"the classifier knows {', '.join(offsets)} but not '{task.dataset}' of task '{task.name}'")
    return [offsets[task.dataset] + index for index in task.classes]


def split(task: Task, train: Mapping[str, Tensor], test: Mapping[str, Tensor], n: int, seed: int) -> Reals:
    """Choose the real images of a task.

    The reference is drawn from the training images, which every method has seen; the held-out set from the
    test images and, where these do not suffice, from the training images left over. Both get the same number:
    ``n``, or as many as there are.

    Of a task that holds nothing out the reference is drawn from all images, up to ``n`` of them, as in GAN Memory's
    released evaluation; the held-out set is its second half, which :func:`build` compares with the first, by measures
    that do not depend on their number. Accuracies of real images are then of images that the classifier has learned
    from.

    Raises:
        UserError: that leaves fewer images than the measures need.
    """
    total = len(train["x"]) + (len(test["x"]) if task.hold_out else 0)
    n = min(n, total // 2, len(train["x"])) if task.hold_out else min(n, total)
    if min(n, total // 2) < MIN_IMAGES:
        raise UserError(
            f"task '{task.name}' has {total} real images of '{task.dataset}', too few for {MIN_IMAGES} to compare with "
            f"and {MIN_IMAGES} held out; add images or classes to the task, or raise samples.settings.n"
        )
    generator = torch.Generator().manual_seed(seed)
    shuffled = torch.randperm(len(train["x"]), generator=generator)
    chosen, rest = shuffled[:n], shuffled[n:]
    if not task.hold_out:
        half = chosen[n - n // 2 :]
        return Reals(train["x"][chosen], train["x"][half], train["y"][half], len(half))
    fresh = torch.randperm(len(test["x"]), generator=generator)[:n]
    rest = rest[: n - len(fresh)]
    heldout = {key: torch.cat([test[key][fresh], train[key][rest]]) for key in ("x", "y")}
    return Reals(train["x"][chosen], heldout["x"], heldout["y"], len(fresh))


def build(
    task: Task,
    reals: Reals,
    kind: Kind,
    extractor: FeatureExtractorBase,
    *,
    classes: list[int],
    kid_subsets: int,
    grid: int,
    device: torch.device,
) -> dict[str, Any]:
    """Everything a later comparison needs of the reals, as plain tensors and numbers.

    Returns:
        ``n``; ``features`` float32 [n, D]; ``classes``, the classifier's numbers of ``task.labels``;
        ``kid_subsets``; ``heldout``, the held-out images' own measures by table name; ``images`` uint8
        [<= grid, C, S, S] to look at.
    """
    features = extract(extractor, reals.reference, device)["features"]
    outputs = extract(extractor, reals.heldout, device)
    if "logits" in outputs:
        outputs["logits"] = outputs["logits"][: reals.unseen]
    baseline = measure(
        [name for name in MEASURES[kind] if task.hold_out or name not in BY_NUMBER],
        outputs,
        features if task.hold_out else features[: len(reals.heldout)],
        subsets=kid_subsets,
        task_classes=classes,
        classes=to_classes(task, classes, reals.heldout_labels[: reals.unseen]),
    )
    return {
        "n": len(features),
        "features": features,
        "classes": classes,
        "kid_subsets": kid_subsets,
        "heldout": {label(name, kind): found.value for name, found in baseline.items()},
        "images": reals.reference[:grid].clone(),
    }
