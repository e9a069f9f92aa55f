"""From files to evaluators: the extractors with the references that they compare with."""

from pathlib import Path
from typing import Any

import torch

from mneme.evaluation import classifier as classifiers
from mneme.evaluation import reference
from mneme.evaluation.extractor import create
from mneme.evaluation.quality import Judge


def read(
    spec: dict[str, Any],
    device: torch.device,
    classifier: Path,
    references: dict[int, Path],
    inception_weights: Path | None = None,
    inception_references: dict[int, Path] | None = None,
) -> list[Judge]:
    """The classifier, and Inception where its references are given.

    Args:
        spec: ``classifier``, ``references`` and ``inception_references`` hold the hashes of the specs of these files,
            the latter two by task index.
        references, inception_references: task index -> file.

    Raises:
        UserError: a file is damaged, missing or made from another spec, or the weights are not the published ones.
    """
    classifiers.load(classifier, spec["classifier"])  # for its lineage: torch-fidelity opens it by its path
    kinds = [("classifier", classifier, "references", references)]
    if inception_weights is not None:
        kinds.append(("inception", inception_weights, "inception_references", inception_references or {}))
    found = []
    for kind, weights, name, paths in kinds:
        known = {index: reference.load(path, spec[name][str(index)]) for index, path in paths.items()}
        found.append(Judge(kind, create(kind, weights, device), known))
    return found
