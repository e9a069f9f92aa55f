"""The measures, each on features or logits of N generated and N real images.

FID, KID, precision and recall are torch-fidelity's own functions. Every keyword they read is given,
because they take a misspelt one in silence, and the defaults of another version would be another measure.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, KEY_METRIC_KID_STD, kid_features_to_metric
from torch_fidelity.metric_prc import KEY_METRIC_PRECISION, KEY_METRIC_RECALL, prc_features_to_metric

KID_SUBSET = 1000
KID_SEED = 2020
NEIGHBOURS = 3
MIN_IMAGES = NEIGHBOURS + 1
"""Precision and recall look at the third nearest neighbour beside the image itself."""


class Measure(NamedTuple):
    """A value and, of KID over several subsets, its standard deviation over them."""

    value: float
    std: float | None = None


def fid(generated: Tensor, real: Tensor) -> Measure:
    """Fréchet distance of Gaussians fitted to features [N, D], 0 or more (Heusel et al. 2017, eq. 6)."""
    statistics = (fid_features_to_statistics(generated), fid_features_to_statistics(real))
    return Measure(fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID])


def kid(generated: Tensor, real: Tensor, subsets: int) -> Measure:
    """Unbiased squared MMD of features [N, D] under (x·y / D + 1)³ (Bińkowski et al. 2018, section 4).

    Mean and deviation over random subsets of 1000; up to 1000 images are one subset, with no deviation.
    May fall below zero.
    """
    size = min(KID_SUBSET, len(generated), len(real))
    whole = size == len(generated) == len(real)
    found = kid_features_to_metric(
        generated,
        real,
        kid_subsets=1 if whole else subsets,  # all subsets of N out of N are the same one
        kid_subset_size=size,
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,  # 1 / D
        kid_kernel_poly_coef0=1,
        rng_seed=KID_SEED,
        verbose=False,
    )
    return Measure(found[KEY_METRIC_KID_MEAN], None if whole else found[KEY_METRIC_KID_STD])


def precision_recall(generated: Tensor, real: Tensor) -> tuple[Measure, Measure]:
    """Share of generated features [N, D] near a real one, and of real ones near a generated one, 0 to 1.

    Near: within the distance to the other's third neighbour (Kynkäänniemi et al. 2019, eq. 1-2). Two samples
    of one distribution score well below 1, so a value means something only beside the real-against-real one.
    """
    found = prc_features_to_metric(
        generated,
        real,
        prc_neighborhood=NEIGHBOURS,
        prc_batch_size=10_000,
        save_cpu_ram=len(generated) > 10_000,  # else several matrices of N x N floats at a time
        verbose=False,
    )
    return Measure(found[KEY_METRIC_PRECISION]), Measure(found[KEY_METRIC_RECALL])


def diversity(features: Tensor) -> Measure:
    """Mean Euclidean distance between the features [N, D] of two distinct samples; 0 is a collapse to one image."""
    return Measure(torch.pdist(features).mean(dtype=torch.float64).item())


def task_accuracy(logits: Tensor, classes: Tensor) -> Measure:
    """Share of images, 0 to 1, whose predicted class is one of the task's: logits [N, all classes], classes [K]."""
    return Measure(torch.isin(logits.argmax(1), classes).double().mean().item())


def class_accuracy(logits: Tensor, wanted: Tensor) -> Measure:
    """Share of images, 0 to 1, predicted as the class asked for: logits [N, all classes], wanted int64 [N]."""
    return Measure((logits.argmax(1) == wanted).double().mean().item())
