"""From files to evaluators: the extractors with the references that they compare with."""

from pathlib import Path

import torch

from mneme import files
from mneme.evaluation.extractor import create
from mneme.evaluation.quality import Evaluator


def read(
    device: torch.device,
    classifier: Path | None = None,
    references: dict[int, Path] | None = None,
    inception_weights: Path | None = None,
    inception_references: dict[int, Path] | None = None,
) -> list[Evaluator]:
    """The classifier, and Inception where its weights are given; none without a classifier.

    Args:
        classifier: file of :func:`mneme.evaluation.fit.fit`.
        inception_weights: the published ones.
        references, inception_references: task index -> file (:func:`mneme.evaluation.reference.build`).

    Raises:
        UserError: a file is damaged or missing, or the weights are not the published ones.
    """
    kinds = [("classifier", classifier, references or {})] if classifier else []
    if inception_weights is not None:
        kinds.append(("inception", inception_weights, inception_references or {}))
    found = []
    for kind, weights, paths in kinds:
        known = {
            index: files.load(path, "n", "features", "classes", "kid_subsets", "heldout", "images")
            for index, path in paths.items()
        }
        found.append(Evaluator(kind, create(kind, weights, device), known))
    return found
