"""Training and test images with their labels: what every format returns."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from mneme.errors import UserError


class Splits(NamedTuple):
    """The images of a dataset, at the size of its files.

    Attributes:
        x_train, x_test: uint8 [N, C, H, W]; any strides, so it may be a view of the file's bytes.
        y_train, y_test: integers [N], the class indices.
        classes: the names of the classes if the files say, else None.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...] | None = None


def hold_out(labels: np.ndarray, fraction: float) -> np.ndarray:
    """Choose test images for a dataset without a test set: evenly spaced within each class, no randomness.

    Args:
        labels: class indices [N], in the order of the files.
        fraction: the share to hold out, 0 <= fraction < 1. With 0.2, every fifth image of each class.

    Returns:
        bool [N], True for a test image; exactly floor(n * fraction) of a class of n.

    Raises:
        UserError: the fraction is out of range.
    """
    exact = Fraction(fraction).limit_denominator(1000)
    if not 0 <= exact < 1:
        raise UserError(f"test_fraction: {fraction} is not a share; give a number from 0 up to, not including, 1")
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        (of_class,) = np.nonzero(labels == label)
        quota = np.arange(len(of_class) + 1) * exact.numerator // exact.denominator
        chosen[of_class] = np.diff(quota) > 0
    return chosen


def require_enough(y_train: np.ndarray, classes: Sequence[str], dataset: str, min_images: int) -> None:
    """Check that each class has enough training images.

    Raises:
        UserError: a label without a class name, or a class with fewer than ``min_images`` training images.
    """
    counts = np.bincount(y_train, minlength=len(classes))
    if len(counts) > len(classes):
        raise UserError(
            f"dataset {dataset}: its files hold label {len(counts) - 1}, but only {len(classes)} classes are named; "
            f"complete its classes: in config/datasets.yaml"
        )
    for name, count in zip(classes, counts, strict=True):
        if count < min_images:
            raise UserError(
                f"dataset {dataset}, class {name}: {count} training images, fewer than min_images: {min_images}; "
                f"add images, leave the class out, or lower min_images"
            )
