"""From files to judges: the extractors with the references they compare to."""

from pathlib import Path
from typing import Any

import torch

from mneme.evaluation import classifier, reference
from mneme.evaluation.extractor import create
from mneme.evaluation.quality import Judge


def read(
    spec: dict[str, Any],
    *,
    classifier_path: Path,
    references: dict[int, Path],
    inception_weights: Path | None,
    inception_references: dict[int, Path],
    device: torch.device,
) -> list[Judge]:
    """The classifier, and Inception where its references are given.

    Args:
        spec: ``classifier``, ``references`` and ``inception_references`` hold the hashes of the specs of these
            files, the latter two by task index.

    Raises:
        UserError: a file is damaged, missing or made from another spec, or the weights are not the published ones.
    """
    classifier.load(classifier_path, spec["classifier"])  # for its lineage: torch-fidelity opens it by its path
    kinds = [("classifier", classifier_path, "references", references)]
    if inception_weights is not None:
        kinds.append(("inception", inception_weights, "inception_references", inception_references))
    return [
        Judge(
            kind,
            create(kind, weights, device),
            {index: reference.load(path, spec[key][str(index)]) for index, path in paths.items()},
        )
        for kind, weights, key, paths in kinds
    ]
