"""Batches of images brought to one size."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme.data.crop import crop_box


def resize(images: Tensor, size: int, how: str) -> Tensor:
    """Crop or pad images (:func:`mneme.data.crop.crop_box`), then resize them, bilinear and antialiased.

    Args:
        images: uint8 [N, C, H, W].
        size: side of the result, in pixels.
        how: ``pad``, ``crop`` or ``squash``.

    Returns:
        uint8 [N, C, size, size], rounded to the nearest value.

    Raises:
        UserError: ``how`` is another word.
    """
    height, width = images.shape[-2:]
    left, top, right, bottom = crop_box(height, width, how)
    cropped = F.pad(images, (-left, right - width, -top, bottom - height))  # negative padding cuts off
    if cropped.shape[-2:] == (size, size):
        return cropped
    resized = F.interpolate(cropped.float(), (size, size), mode="bilinear", antialias=True, align_corners=False)
    return resized.round_().clamp_(0, 255).to(torch.uint8)
