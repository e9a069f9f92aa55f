"""The 1,797 handwritten digits of 8 x 8 pixels that ship with scikit-learn: no file, no network.

They are the test part of the UCI set "Optical Recognition of Handwritten Digits"; which of them test is
decided here (:func:`mneme.data.splits.hold_out`).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

from mneme.data.splits import Splits, hold_out

ROLES = ()
BRIGHTEST = 16  # pixels are counts of set bits in 4 x 4 blocks


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """The digits as images [N, 1, 8, 8], counts 0..16 spread over 0..255 and rounded."""
    digits = load_digits()
    images = np.rint(digits.images * (255 / BRIGHTEST)).astype(np.uint8)[:, None]
    labels = digits.target.astype(np.int64)
    test = hold_out(labels, options["test_fraction"])
    return Splits(images[~test], labels[~test], images[test], labels[test])
