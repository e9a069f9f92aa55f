import math

import numpy as np
import pytest

from mneme.evaluation.forgetting import backward_transfer, final_mean, forgetting, mean_forgetting

nan = float("nan")
ACCURACY = np.array([[0.9, nan, nan], [0.95, 0.8, nan], [0.5, 0.85, 0.7]])


def by_hand(R, lower_better):
    """The definitions, one task at a time."""
    T, sign = len(R), -1 if lower_better else 1
    lost = [max(sign * R[t][i] for t in range(i, T - 1)) - sign * R[T - 1][i] for i in range(T - 1)]
    moved = [sign * (R[T - 1][i] - R[i][i]) for i in range(T - 1)]
    return lost, sum(moved) / len(moved)


def test_accuracies():
    assert final_mean(ACCURACY) == pytest.approx((0.5 + 0.85 + 0.7) / 3)
    assert forgetting(ACCURACY, lower_better=False) == pytest.approx([0.45, -0.05])  # from 0.95, not from 0.9
    assert mean_forgetting(ACCURACY, lower_better=False) == pytest.approx(0.2)
    assert backward_transfer(ACCURACY, lower_better=False) == pytest.approx((0.5 - 0.9 + 0.85 - 0.8) / 2)


def test_a_distance_that_grows_is_forgetting():
    R = np.array([[10.0, nan], [25.0, 12.0]])
    assert forgetting(R, lower_better=True) == pytest.approx([15])
    assert backward_transfer(R, lower_better=True) == pytest.approx(-15)


@pytest.mark.parametrize("lower_better", [False, True])
def test_against_the_definitions(lower_better):
    R = np.where(np.tri(6), np.random.default_rng(0).random((6, 6)), nan)
    lost, moved = by_hand(R.tolist(), lower_better)
    assert forgetting(R, lower_better) == pytest.approx(lost)
    assert backward_transfer(R, lower_better) == pytest.approx(moved)


def test_a_single_task_cannot_be_forgotten():
    R = np.array([[3.0]])
    assert final_mean(R) == 3
    assert math.isnan(mean_forgetting(R, lower_better=True)) and math.isnan(backward_transfer(R, lower_better=True))


def test_missing_values():
    only_last = np.array([[nan, nan], [0.8, 0.9]])  # only the last checkpoint was measured
    assert final_mean(only_last) == pytest.approx(0.85)
    assert math.isnan(mean_forgetting(only_last, lower_better=False))

    diverged_last = np.array([[0.9, nan], [nan, nan]])
    assert math.isnan(final_mean(diverged_last)) and math.isnan(mean_forgetting(diverged_last, lower_better=False))

    R = ACCURACY.copy()
    R[1, 0] = nan  # a missing value on the way: the best of what was measured
    assert forgetting(R, lower_better=False) == pytest.approx([0.4, -0.05])
