"""SVHN, format 2: MATLAB files of cropped 32 x 32 digits. Roles: ``train`` and ``test``.

Each holds ``X``, uint8 [32, 32, 3, N], and ``y``, [N, 1], in which the digit 0 is written 10
(Netzer et al. 2011, http://ufldl.stanford.edu/housenumbers/).
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import loadmat, whosmat

from mneme.data.corrupt import corrupt, reading
from mneme.data.splits import Splits

ROLES = ("train", "test")
LARGEST = 1 << 32  # numbers; the extra set has 1.6e9


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Read the two .mat files; images [N, 3, 32, 32] are views, labels 0 to 9.

    Raises:
        UserError: a file is missing, truncated, corrupt or not SVHN's.
    """
    return Splits(*_split(files["train"]), *_split(files["test"]))


def numbers(shape: tuple[int, ...], kind: str) -> bool:
    """Whether an array may be one of SVHN's, before it is read: it holds numbers, and not too many."""
    return bool(re.fullmatch(r"u?int\d+|single|double", kind)) and math.prod(shape) <= LARGEST


def _split(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with reading(path):
        try:
            kinds = {name: (shape, kind) for name, shape, kind in whosmat(path)}
            wrong = {name: kinds[name] for name in ("X", "y") if name in kinds and not numbers(*kinds[name])}
            content = {} if wrong else loadmat(path, variable_names=["X", "y"])
        except OSError:
            raise
        except Exception as error:  # scipy raises anything from TypeError to IndexError on bytes it does not expect
            raise corrupt(path, f"not a MATLAB file: {error}") from error
    if wrong:
        raise corrupt(path, f"not numbers, or too many of them: {wrong}")
    x, y = content.get("X"), content.get("y")
    if x is None or y is None:
        raise corrupt(path, "without the arrays X and y")
    if x.dtype != np.uint8 or x.ndim != 4 or x.shape[2] != 3 or x.shape[3] != y.size:
        raise corrupt(path, f"X is {x.dtype} {list(x.shape)} and y has {y.size} labels")
    return x.transpose(3, 2, 0, 1), y.reshape(-1).astype(np.int64) % 10
