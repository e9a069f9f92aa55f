"""Fitting images to a size, and pixels to [-1, 1], against the simplest computation."""

import numpy as np
import pytest
import torch
from data_files import pixels
from PIL import Image

from mneme.data.pixels import to_uint8, to_unit
from mneme.data.resize import crop_box, resize


def triangle(n: int, size: int) -> np.ndarray:
    """The weights [size, n] of an antialiased bilinear resize, by its definition: a triangle as wide as a new pixel."""
    scale = n / size
    reach = max(scale, 1)
    weights = np.zeros((size, n))
    for i in range(size):
        for j in range(n):
            weights[i, j] = max(0, 1 - abs(j + 0.5 - (i + 0.5) * scale) / reach)
    return weights / weights.sum(1, keepdims=True)


@pytest.mark.parametrize(("height", "width", "size"), [(32, 32, 16), (8, 8, 16), (20, 33, 8), (28, 28, 32)])
def test_squash_is_a_triangle_filter(height, width, size):
    x = pixels(2, 3, height, width)
    expected = np.rint(triangle(height, size) @ x.astype(float) @ triangle(width, size).T)
    ours = resize(torch.tensor(x), size, "squash").numpy()
    assert ours.dtype == np.uint8
    assert np.abs(ours - expected).max() <= 1  # float32 may round a half the other way
    assert (ours == expected).mean() > 0.99


def test_tensors_and_picture_files_are_resized_alike():
    x = pixels(40, 40)
    ours = resize(torch.tensor(x)[None, None], 16, "squash")[0, 0].numpy()
    pil = np.asarray(Image.fromarray(x).resize((16, 16), Image.Resampling.BILINEAR))
    assert np.abs(ours.astype(int) - pil).max() <= 1


def test_pad_keeps_the_pixels_of_mnist():
    x = torch.tensor(pixels(2, 1, 28, 28))
    padded = resize(x, 32, "pad")
    assert torch.equal(padded[:, :, 2:30, 2:30], x)
    assert padded.sum() == x.sum()  # the margin is black


def test_crop_takes_the_middle():
    x = torch.tensor(pixels(1, 1, 8, 14))
    assert torch.equal(resize(x, 8, "crop"), x[..., 3:11])
    assert torch.equal(resize(x.mT, 8, "crop"), x.mT[..., 3:11, :])


def test_an_image_of_the_right_size_is_left_alone():
    x = torch.tensor(pixels(2, 3, 16, 16))
    for how in ("pad", "crop", "squash"):
        assert torch.equal(resize(x, 16, how), x)


def test_frames():
    assert crop_box(28, 28, "pad") == (-2, -2, 30, 30)
    assert crop_box(20, 33, "pad") == (-16, -22, 48, 42)  # 64 x 64, odd pixels to the right and below
    assert crop_box(1, 1, "pad") == (0, 0, 1, 1)
    assert crop_box(20, 33, "crop") == (6, 0, 26, 20)
    assert crop_box(20, 33, "squash") == (0, 0, 33, 20)


def test_pixels_survive_the_round_trip():
    x = torch.arange(256, dtype=torch.uint8)
    unit = to_unit(x)
    assert unit.dtype == torch.float32
    assert unit[0] == -1
    assert unit[255] == 1
    assert torch.equal(to_uint8(unit), x)


def test_what_no_pixel_can_show_is_clamped():
    x = torch.tensor([-7.0, 1.01, float("inf"), float("-inf"), float("nan"), 0.0])
    before = x.clone()
    assert to_uint8(x).tolist() == [0, 255, 255, 0, 0, 128]
    assert torch.equal(x[:4], before[:4])  # the argument is not changed
