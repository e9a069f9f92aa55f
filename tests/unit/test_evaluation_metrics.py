"""Every measure against the simplest computation of it, and against torch-fidelity's own front door."""

import itertools

import numpy as np
import pytest
import scipy.linalg
import torch
import torch_fidelity
from evaluation_fakes import CPU, gaussian, images, save_classifier

from mneme.evaluation import extractor, metrics


def test_fid_is_the_distance_of_the_fitted_gaussians():
    a, b = gaussian(200, 5, seed=0), gaussian(200, 5, seed=1, mean=0.5, scale=2.0) @ gaussian(5, 5, seed=2)
    mean = (a.double().mean(0) - b.double().mean(0)).square().sum()
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    expected = mean + np.trace(cov_a + cov_b - 2 * scipy.linalg.sqrtm(cov_a @ cov_b).real)
    assert metrics.fid(a, b).value == pytest.approx(expected.item(), rel=1e-5)


def test_fid_of_known_gaussians():
    # Diagonal Gaussians: |m1 - m2|² + Σ (s1 - s2)² = 4 * (3² + (2 - 1)²)
    found = metrics.fid(gaussian(200_000, 4, seed=0, mean=3, scale=2), gaussian(200_000, 4, seed=1))
    assert found.value == pytest.approx(40, rel=0.01)


def test_kid_of_one_subset_is_the_double_loop():
    x, y = gaussian(7, 3, seed=0), gaussian(7, 3, seed=1, mean=1.0)

    def kernel(a, b):
        return (float(a.double() @ b.double()) / 3 + 1) ** 3

    within = [sum(kernel(*pair) for pair in itertools.permutations(z, 2)) / (7 * 6) for z in (x, y)]
    across = sum(kernel(a, b) for a, b in itertools.product(x, y)) / 49
    found = metrics.kid(x, y, subsets=50)
    assert found.value == pytest.approx(sum(within) - 2 * across, rel=1e-4)
    assert found.std is None  # one subset has no spread


def test_kid_of_many_images_averages_subsets():
    found = metrics.kid(gaussian(1200, 2, seed=0), gaussian(1200, 2, seed=1), subsets=5)
    assert abs(found.value) < 0.05 and found.std > 0
    assert found == metrics.kid(gaussian(1200, 2, seed=0), gaussian(1200, 2, seed=1), subsets=5)


def test_precision_and_recall_are_the_neighbourhoods_of_the_paper():
    generated, real = gaussian(30, 2, seed=0), gaussian(30, 2, seed=1, scale=2.0)

    def covered(points, centres):
        radius = torch.tensor([sorted((c - other).norm() for other in centres)[3] for c in centres])
        return sum(any((p - c).norm() <= r for c, r in zip(centres, radius, strict=True)) for p in points) / len(points)

    precision, recall = metrics.precision_recall(generated, real)
    assert precision.value == pytest.approx(covered(generated, real))
    assert recall.value == pytest.approx(covered(real, generated))
    assert precision.value > recall.value  # narrow samples inside wide data


def test_diversity_is_the_mean_distance_of_pairs():
    features = gaussian(9, 4, seed=0)
    pairs = [(a - b).norm().item() for a, b in itertools.combinations(features, 2)]
    assert metrics.diversity(features).value == pytest.approx(sum(pairs) / len(pairs), rel=1e-5)
    assert metrics.diversity(torch.ones(5, 4)).value == 0


def test_accuracies_count_predictions():
    logits = torch.eye(4)[[0, 1, 2, 3, 3]]
    assert metrics.task_accuracy(logits, torch.tensor([1, 3])).value == pytest.approx(3 / 5)
    assert metrics.class_accuracy(logits, torch.tensor([0, 0, 2, 3, 1])).value == pytest.approx(3 / 5)


class Images(torch.utils.data.Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return self.images[index]


@pytest.mark.filterwarnings("ignore")
def test_equal_to_torch_fidelity_with_the_registered_extractor(tmp_path):
    """The library given images and our extractor's name says what we say of the features."""
    weights = save_classifier(tmp_path / "classifier.pt")
    generated, real = images(150, seed=0), images(150, seed=1) // 2
    extractor.register()
    theirs = torch_fidelity.calculate_metrics(
        input1=Images(generated),
        input2=Images(real),
        feature_extractor=extractor.CLASSIFIER,
        feature_extractor_weights_path=str(weights),
        fid=True,
        kid=True,
        prc=True,
        kid_subset_size=150,
        batch_size=extractor.BATCH,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
    )
    ours = extractor.create("classifier", weights, CPU)
    g, r = (extractor.extract(ours, x, CPU)["features"] for x in (generated, real))
    precision, recall = metrics.precision_recall(g, r)
    assert metrics.fid(g, r).value == pytest.approx(theirs["frechet_inception_distance"], rel=1e-5)
    assert metrics.kid(g, r, 1).value == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)
    assert (precision.value, recall.value) == pytest.approx((theirs["precision"], theirs["recall"]))
