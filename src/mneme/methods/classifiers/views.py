"""How images reach a classifier's network, as released: real ones augmented, replays and test images not."""

import torch
import torch.nn.functional as F
from torch import Tensor

SHOWN = 7 / 8  # of the side, in the middle: 224 of 256 pixels


class Views:
    """Views of uint8 images [B, C, S, S] as floats in [0, 1].

    Args:
        size: S.
        augment: as released. Real training images: a random part of 0.8 to 1 of the area resized to S, turned by up to
            15 degrees, the middle 7/8 of the side cut out (mirroring is the dataset's choice and happens before).
            Replays: the whole image resized to 7/8 S. Test images: the middle 7/8. Without it all are shown as they
            are, which suits images of a few pixels.
    """

    def __init__(self, size: int, augment: bool) -> None:
        self.size, self.shown = size, round(SHOWN * size) if augment else size
        self.augment = augment

    def train(self, x: Tensor) -> Tensor:
        """Random numbers come from torch's global generator, which the loop seeds anew for every step."""
        if not self.augment:
            return to_floats(x)
        from torchvision.transforms import v2

        part = v2.Compose([v2.RandomResizedCrop(self.size, scale=(0.8, 1.0)), v2.RandomRotation(15)])
        return self.test(torch.stack([part(image) for image in x]))

    def replay(self, x: Tensor) -> Tensor:
        if not self.augment:
            return to_floats(x)
        return F.interpolate(to_floats(x), size=(self.shown, self.shown), mode="bilinear", align_corners=False)

    def test(self, x: Tensor) -> Tensor:
        first = (self.size - self.shown) // 2
        return to_floats(x[..., first : first + self.shown, first : first + self.shown])


def to_floats(x: Tensor) -> Tensor:
    return x.float() / 255
