"""Patches of the photographs that ship with scikit-learn."""

import numpy as np
import pytest
from data_files import spec
from sklearn.datasets import load_sample_image

from mneme.data.formats.photo_patches import PATCH, SQUARE, patches, read, squares
from mneme.data.prepare import prepare
from mneme.errors import UserError


def test_squares_are_disjoint_and_patches_lie_inside_one():
    picture = np.arange(85 * 125).reshape(85, 125, 1)
    found = squares(picture)
    assert len(found) == 6
    numbers = np.concatenate([square.ravel() for square in found])
    assert len(np.unique(numbers)) == len(numbers) == 6 * SQUARE**2
    cut = patches(found[3])
    assert len(cut) == 9 and all(patch.shape == (PATCH, PATCH, 1) for patch in cut)
    assert set(np.concatenate([patch.ravel() for patch in cut])) <= set(found[3].ravel())
    assert len({int(patch[0, 0, 0]) for patch in cut}) == 9


def test_photographs_are_classes_and_dull_patches_are_left_out():
    found = read({}, spec(classes=["china", "flower"]))
    assert found.x_train.shape[1:] == (3, 32, 32) and found.x_train.dtype == np.uint8
    assert set(found.y_train) == set(found.y_test) == {0, 1}
    assert all(image.mean(0).std() >= 20 for image in found.x_test)
    assert len(found.x_train) > 500 and 100 < len(found.x_test) < len(found.x_train) / 3
    flower = read({}, spec(classes=["flower"]))
    assert np.array_equal(flower.x_test, found.x_test[found.y_test == 1])
    whole = load_sample_image("flower.jpg")
    wide = np.lib.stride_tricks.sliding_window_view(whole, (32, 32), (0, 1))
    assert (wide == flower.x_train[0]).all((2, 3, 4)).any(), "it is cut out of the photograph"


def test_a_photograph_that_is_not_there_is_refused():
    with pytest.raises(UserError, match="no photograph 'flowers'"):
        read({}, spec(classes=["flowers"]))


def test_pairs_of_patches():
    made = prepare(spec(format="photo_patches", size=32, classes=["china"], given_by=["blurred", "posterised"]), {})
    assert made["a_train"].shape == made["x_train"].shape and made["x_train"].shape[1:] == (3, 32, 32)
    assert set(made["a_test"].unique().tolist()) <= {0, 85, 170, 255}
