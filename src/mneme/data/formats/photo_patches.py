"""Patches of the two photographs that ship with scikit-learn, a temple (``china``) and a ``flower``: no file, no
network.

A class is a photograph. It is cut into squares of 40 pixels, some of which are held out for the test
(:func:`mneme.data.splits.hold_out`); patches are squares of 32 pixels inside one of these, so that no pixel is in both
splits. Patches of nearly one brightness, sky and blurred background, are left out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_sample_image

from mneme.data.splits import Splits, hold_out
from mneme.errors import UserError, near_miss

ROLES = ()
PHOTOGRAPHS = ("china", "flower")
SQUARE, PATCH, STEP = 40, 32, 4
DULL = 0.08  # standard deviation of the brightness inside a patch, of a range of 1


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Patches [N, 3, 32, 32] of the photographs that are the dataset's classes.

    Raises:
        UserError: a class is no photograph.
    """
    names = options["classes"] or PHOTOGRAPHS
    if unknown := [name for name in names if name not in PHOTOGRAPHS]:
        raise UserError(
            f"dataset {options['dataset']}: classes: no photograph '{unknown[0]}'{near_miss(unknown[0], PHOTOGRAPHS)}; "
            f"there are {' and '.join(PHOTOGRAPHS)}"
        )
    parts: dict[bool, list[np.ndarray]] = {False: [], True: []}
    labels: dict[bool, list[int]] = {False: [], True: []}
    for label, name in enumerate(names):
        found = squares(load_sample_image(f"{name}.jpg"))
        for square, test in zip(found, hold_out(np.zeros(len(found), int), options["test_fraction"]), strict=True):
            cut = [patch for patch in patches(square) if patch.mean(2).std() >= 255 * DULL]
            parts[bool(test)] += cut
            labels[bool(test)] += [label] * len(cut)
    train, test = (np.stack(parts[held_out]).transpose(0, 3, 1, 2) for held_out in (False, True))
    return Splits(train, np.array(labels[False]), test, np.array(labels[True]))


def squares(picture: np.ndarray) -> list[np.ndarray]:
    """Squares of a picture [H, W, C] that do not overlap, row by row; what is left at the right and below is not
    used."""
    height, width = (side // SQUARE * SQUARE for side in picture.shape[:2])
    places = [(y, x) for y in range(0, height, SQUARE) for x in range(0, width, SQUARE)]
    return [picture[y : y + SQUARE, x : x + SQUARE] for y, x in places]


def patches(square: np.ndarray) -> list[np.ndarray]:
    """Patches of a square, at every fourth place across and down."""
    places = range(0, SQUARE - PATCH + 1, STEP)
    return [square[y : y + PATCH, x : x + PATCH] for y in places for x in places]
