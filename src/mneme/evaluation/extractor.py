"""Feature extractors: our classifier, registered with torch-fidelity, and torch-fidelity's Inception.

Both are built by the library and called on its terms (uint8 in, one tuple of features out), so that
``torch_fidelity.calculate_metrics`` on the same images gives the same numbers.
"""

from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor
from torch_fidelity.utils import create_feature_extractor

from mneme import files
from mneme.errors import UserError
from mneme.evaluation import classifier

Kind = Literal["classifier", "inception"]

CLASSIFIER = "mneme-classifier"
INCEPTION = "inception-v3-compat"
# As in config/evaluation.yaml, which says what to fetch: that may be overlaid, what is unpickled here may not.
INCEPTION_SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
# The batch is part of the measure: on CUDA it moves Inception's features by 1e-4.
BATCH = 64


class ClassifierExtractor(FeatureExtractorBase):
    """The classifier of real images as torch-fidelity wants it; ``feature_extractor_weights_path`` is its file."""

    def __init__(self, name: str, features_list: list[str], **kwargs: Any) -> None:
        super().__init__(name, features_list)
        self.classifier = classifier.load(Path(kwargs["feature_extractor_weights_path"]))

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return ("features", "logits")

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        return {"isc": "logits", "fid": "features", "kid": "features", "prc": "features"}[metric]

    @staticmethod
    def can_be_compiled() -> bool:
        return False

    def forward(self, input: Tensor) -> tuple[Tensor, ...]:
        predicted = self.classifier(input)
        return tuple(getattr(predicted, name) for name in self.features_list)


def register() -> None:
    """Make the classifier known to torch-fidelity, which refuses a second registration of a name."""
    if CLASSIFIER not in FEATURE_EXTRACTORS_REGISTRY:
        register_feature_extractor(CLASSIFIER, ClassifierExtractor)


def check_inception(weights: Path) -> None:
    """Refuse any file but the published weights; torch-fidelity unpickles it, which may run code.

    Raises:
        UserError: the file is missing or has another SHA-256.
    """
    if not weights.is_file():
        raise UserError(f"{weights}: no such file; get the Inception weights from {URL_INCEPTION_V3}")
    found = files.sha256(weights)
    if found != INCEPTION_SHA256:
        raise UserError(
            f"{weights}: SHA-256 is {found}, not {INCEPTION_SHA256} of the published Inception weights; "
            f"get them again from {URL_INCEPTION_V3}"
        )


def create(kind: Kind, weights: Path, device: torch.device) -> FeatureExtractorBase:
    """Build an extractor on a device.

    Args:
        kind: ``classifier`` or ``inception``.
        weights: the classifier's file, or the published Inception weights (checked before they are opened).

    Raises:
        UserError: the weights are missing, damaged or not the published ones.
    """
    if kind == "inception":
        check_inception(weights)
    register()
    name, layers = (INCEPTION, ["2048"]) if kind == "inception" else (CLASSIFIER, ["features", "logits"])
    extractor = create_feature_extractor(
        name,
        layers,
        cuda=False,  # the library knows only the default CUDA device; ours is chosen below
        feature_extractor_weights_path=str(weights),
        feature_extractor_internal_dtype=None,
        feature_extractor_compile=False,
        verbose=False,
    )
    return extractor.to(device)


@torch.no_grad()
def extract(extractor: FeatureExtractorBase, images: Tensor, device: torch.device) -> dict[str, Tensor]:
    """Pass images through an extractor in batches of a fixed size.

    Args:
        images: uint8 [N, C, S, S]; a grey image is repeated to three channels for Inception.

    Returns:
        ``features`` float32 [N, D] and, of the classifier, ``logits`` [N, classes]; both on the CPU.
    """
    batches = []
    for batch in images.split(BATCH):
        if extractor.get_name() == INCEPTION and batch.shape[1] == 1:
            batch = batch.expand(-1, 3, -1, -1)
        batches.append([part.cpu() for part in extractor(batch.to(device))])
    return {
        name: torch.cat(parts) for name, parts in zip(("features", "logits"), zip(*batches, strict=True), strict=False)
    }
