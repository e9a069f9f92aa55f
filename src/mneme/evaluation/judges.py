"""From files to judges: the extractors with the references they compare to."""

from argparse import Namespace
from typing import Any

import torch

from mneme.evaluation import classifier, reference
from mneme.evaluation.extractor import create
from mneme.evaluation.job import named_paths
from mneme.evaluation.quality import Judge


def read(
    args: Namespace,
    spec: dict[str, Any],
    device: torch.device,
) -> list[Judge]:
    """The classifier, and Inception where its references are given.

    Args:
        args: the options of :func:`mneme.evaluation.arguments.judges`.
        spec: ``classifier``, ``references`` and ``inception_references`` hold the hashes of the specs of these
            files, the latter two by task index.

    Raises:
        UserError: a file is damaged, missing or made from another spec, or the weights are not the published ones.
    """
    classifier.load(args.classifier, spec["classifier"])  # for its lineage: torch-fidelity opens it by its path
    kinds = [("classifier", args.classifier, "references")]
    if args.inception_weights is not None:
        kinds.append(("inception", args.inception_weights, "inception_references"))
    judges = []
    for kind, weights, name in kinds:
        paths = named_paths(getattr(args, name), f"--{name.replace('_', '-')}", int)
        known = {index: reference.load(path, spec[name][str(index)]) for index, path in paths.items()}
        judges.append(Judge(kind, create(kind, weights, device), known))
    return judges
