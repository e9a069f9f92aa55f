"""Arrays of images brought to one size."""

import torch
import torch.nn.functional as F
from torch import Tensor

from mneme.data.frame import frame


def fit(images: Tensor, size: int, how: str) -> Tensor:
    """Frame images (:func:`mneme.data.frame.frame`), then resize them, bilinear and antialiased.

    Args:
        images: uint8 [N, C, H, W].
        size: the wanted side in pixels.
        how: ``pad``, ``crop`` or ``squash``.

    Returns:
        uint8 [N, C, size, size], rounded to the nearest value.
    """
    height, width = images.shape[-2:]
    left, top, right, bottom = frame(height, width, how)
    framed = F.pad(images, (-left, right - width, -top, bottom - height))  # negative padding cuts off
    if framed.shape[-2:] == (size, size):
        return framed
    resized = F.interpolate(framed.float(), (size, size), mode="bilinear", antialias=True, align_corners=False)
    return resized.round_().clamp_(0, 255).to(torch.uint8)
