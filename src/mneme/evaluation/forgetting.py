"""What a stream did to its earlier tasks, from R[t, i]: the quality of task i after task t.

R is [T, T], rows and columns in stream order, NaN above the diagonal and wherever nothing was measured.
Measures point both ways (FID down, accuracy up); the results here do not: positive forgetting is always
a loss, positive backward transfer always a gain. Every function is NaN where the final value is missing.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def final_mean(R: Matrix) -> float:
    """Mean over all tasks after the last one (average accuracy: Lopez-Paz & Ranzato 2017, eq. 2)."""
    return float(R[-1].mean())


def forgetting(R: Matrix, lower_better: bool) -> NDArray[np.float64]:
    """The best a task ever was before the last one, minus what it is now; [T - 1], positive = worse.

    f_i = max over i <= t < T of R[t, i], minus R[T, i] (Chaudhry et al. 2018, eq. 3), with both signs turned for
    distances. Checkpoints where the task was not measured do not count; without any, f_i is NaN.
    """
    gain = -R if lower_better else R
    earlier = np.where(np.isnan(gain[:-1, :-1]), -np.inf, gain[:-1, :-1])
    best = earlier.max(axis=0, initial=-np.inf)
    return np.where(np.isneginf(best), np.nan, best) - gain[-1, :-1]


def mean_forgetting(R: Matrix, lower_better: bool) -> float:
    """Mean of :func:`forgetting` over the earlier tasks; NaN for a single task."""
    lost = forgetting(R, lower_better)
    return float(lost.mean()) if len(lost) else float("nan")


def backward_transfer(R: Matrix, lower_better: bool) -> float:
    """Mean over i < T of R[T, i] - R[i, i] (Lopez-Paz & Ranzato 2017, eq. 3), sign turned for distances.

    Positive = later tasks made earlier ones better. NaN for a single task.
    """
    gain = -R if lower_better else R
    change = gain[-1, :-1] - np.diag(gain)[:-1]
    return float(change.mean()) if len(change) else float("nan")
