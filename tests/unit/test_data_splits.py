"""Held-out test images and the smallest class."""

import numpy as np
import pytest

from mneme.data.splits import hold_out, require_enough
from mneme.errors import UserError


def test_every_fifth_of_each_class_is_held_out():
    labels = np.array([0, 1] * 10 + [2] * 4)
    test = hold_out(labels, 0.2)
    assert np.flatnonzero(test[labels == 0]).tolist() == [4, 9]
    assert np.flatnonzero(test[labels == 1]).tolist() == [4, 9]
    assert not test[labels == 2].any()


@pytest.mark.parametrize("fraction", [0, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.9])
@pytest.mark.parametrize("n", [0, 1, 7, 100])
def test_the_share_is_exact_and_even(n, fraction):
    test = hold_out(np.zeros(n, int), fraction)
    assert test.sum() == int(n * fraction + 1e-9)
    if test.sum() > 1:
        gaps = np.diff(np.flatnonzero(test))
        assert gaps.max() - gaps.min() <= 1


def test_a_small_class_is_named_with_its_count():
    labels = np.array([0] * 5 + [1] * 3)
    require_enough(labels, ["ape", "bee"], "animals", 3)
    with pytest.raises(UserError, match="dataset animals, class bee: 3 training images, fewer than min_images: 4"):
        require_enough(labels, ["ape", "bee"], "animals", 4)
    with pytest.raises(UserError, match="class cat: 0 training images"):
        require_enough(labels, ["ape", "bee", "cat"], "animals", 1)


def test_a_label_without_a_name_is_refused():
    with pytest.raises(UserError, match="label 2, but only 2 classes"):
        require_enough(np.array([0, 1, 2], np.uint8), ["ape", "bee"], "animals", 0)
