"""Training and test images with their labels: what every format returns."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mneme.errors import UserError


class Splits(NamedTuple):
    """The images of a dataset, at the size of its files.

    Attributes:
        x_train, x_test: uint8 [N, C, H, W]; any strides, so it may be a view of the file's bytes.
        y_train, y_test: integers [N], the class indices.
        classes: the names of the classes if the files say, else None.
        a_train, a_test: the given images of a dataset for translation, like x: one for each x where it has pairs, else
            of their own number.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...] | None = None
    a_train: np.ndarray | None = None
    a_test: np.ndarray | None = None


def hold_out(labels: np.ndarray, fraction: float) -> np.ndarray:
    """Choose test images for a dataset without a test set: evenly spaced within each class, no randomness.

    Args:
        labels: class indices [N], in the order of the files.
        fraction: the share to hold out, 0 <= fraction < 1. With 0.2, every fifth image of each class.

    Returns:
        bool [N], True for a test image; exactly floor(n * fraction) of a class of n.
    """
    exact = Fraction(fraction).limit_denominator(1000)
    chosen = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        (of_class,) = np.nonzero(labels == label)
        quota = np.arange(len(of_class) + 1) * exact.numerator // exact.denominator
        chosen[of_class] = np.diff(quota) > 0
    return chosen


def divide(labels: np.ndarray, test: np.ndarray, options: Mapping[str, Any], source: Path) -> tuple[np.ndarray, ...]:
    """Choose training and test images of a dataset, in the order of the files.

    Where a folder says which are for testing, ``take`` chooses among the others and ``test_take`` among these. Else
    both choose among all; without ``test_take`` the share ``test_fraction`` is held out.

    Args:
        labels: class indices [N].
        test: bool [N], whether a folder says that it is a test image.
        options: ``take`` and ``test_take``, the first and last number from 1 on, null or absent for all; and
            ``test_fraction``.

    Returns:
        Indices of the training images, and of the test images.

    Raises:
        UserError: there is none for training, there are not so many images, or one is taken twice.
    """
    every = np.arange(len(labels))
    train, tested = (every[~test], every[test]) if test.any() else (every, every)
    train = _taken(train, options, "take", source)
    if not test.any() and not options.get("test_take"):
        held_out = hold_out(labels[train], options["test_fraction"])
        return train[~held_out], train[held_out]
    tested = _taken(tested, options, "test_take", source)
    if not test.any() and (twice := np.intersect1d(train, tested)).size:
        raise UserError(
            f"{source}: take: and test_take: of dataset {options['dataset']} both take picture {twice[0] + 1}; change "
            "one of them"
        )
    return train, tested


def _taken(rows: np.ndarray, options: Mapping[str, Any], key: str, source: Path) -> np.ndarray:
    if not rows.size:
        word, split = ("training", "train") if key == "take" else ("test", "test")
        named = [f"{one}: {', '.join(options[one])}" for one in (split, "given", "target") if options.get(one)]
        raise UserError(
            f"{source}: dataset {options['dataset']}: no {word} picture in its folders ({'; '.join(named) or split}); "
            "correct the names in the dataset, or put pictures there"
        )
    first, last = options.get(key) or (1, len(rows))
    if not 1 <= first <= last <= len(rows):
        raise UserError(
            f"{source}: {key}: [{first}, {last}] of dataset {options['dataset']}, but there are pictures 1 to "
            f"{len(rows)}; change it"
        )
    return rows[first - 1 : last]


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


def require_held_out(part: Mapping[str, np.ndarray], classes: Sequence[str], dataset: str, split: str) -> None:
    """Check that each class has an image to test or validate with, and that there is a given one to translate.

    Args:
        part: y, the class indices [N], and, where there are given images, a.
        split: ``"test"`` or ``"val"``.

    Raises:
        UserError: there is none.
    """
    word, key = {"test": ("test", "test_fraction"), "val": ("validation", "validation_fraction")}[split]
    if missing := np.setdiff1d(np.arange(len(classes)), part["y"]).tolist():
        raise UserError(
            f"dataset {dataset}, class {classes[missing[0]]}: no {word} image; add images, leave the class out, or "
            f"raise {key}"
        )
    if "a" in part and not len(part["a"]):
        raise UserError(f"dataset {dataset}: no given {word} image; add images, or raise {key}")
