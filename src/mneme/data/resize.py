"""Images brought to one size: which rectangle is kept, how much black is added, and the resizing of batches."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class CropBox(NamedTuple):
    """A rectangle in pixels of the image; where it reaches outside the image, black is added."""

    left: int
    top: int
    right: int
    bottom: int


def crop_box(height: int, width: int, how: str) -> CropBox:
    """The rectangle of an image that is then resized to a square.

    Args:
        height, width: of the image, in pixels.
        how: ``pad`` centres the image in a black square whose side is the next power of two (28 -> 32, so that MNIST's
            pixels stay sharp, as MeRGAN does); ``crop`` takes the largest square in the middle; ``squash`` takes the
            whole image and loses its proportions.
    """
    if how == "squash":
        return CropBox(0, 0, width, height)
    side = min(height, width) if how == "crop" else 1 << (max(height, width) - 1).bit_length()
    left, top = (width - side) // 2, (height - side) // 2
    return CropBox(left, top, left + side, top + side)


def resize(images: Tensor, size: int, how: str) -> Tensor:
    """Crop or pad images (:func:`crop_box`), then resize them, bilinear and antialiased.

    Args:
        images: uint8 [N, C, H, W].
        size: side of the result, in pixels.
        how: ``pad``, ``crop`` or ``squash``.

    Returns:
        uint8 [N, C, size, size], rounded to the nearest value.
    """
    height, width = images.shape[-2:]
    left, top, right, bottom = crop_box(height, width, how)
    cropped = F.pad(images, (-left, right - width, -top, bottom - height))  # negative padding cuts off
    if cropped.shape[-2:] == (size, size):
        return cropped
    resized = F.interpolate(cropped.float(), (size, size), mode="bilinear", antialias=True, align_corners=False)
    return resized.round_().clamp_(0, 255).to(torch.uint8)
