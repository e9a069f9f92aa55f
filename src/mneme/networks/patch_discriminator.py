"""PatchGAN (Isola et al., 2017, appendix 6.1.2; layers as in its and CycleGAN's released code).

4x4 convolutions: ``depth`` of stride 2, from ``width`` channels on and doubling up to eightfold, one of stride 1, one
of stride 1 to a map of scores, one for each patch. LeakyReLU 0.2.

[GAP] Instance norm without scale and offset, CycleGAN's, for pairs too, where the released code has batch norm: images
do not depend on the batch they are in, so that real and fake ones can be judged in one pass. Normalised layers are
without the biases that the norm takes off again.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.errors import UserError

SLOPE = 0.2


class PatchDiscriminator(nn.Module):
    """Maps images to scores of their patches.

    Args:
        size: pixels of an image.
        channels: of all images that are judged together: 6 for pairs in colour.
        width: channels of the first layer (64 in the paper).
        depth: layers of stride 2 (3 in the paper: patches of 70 pixels).

    Raises:
        UserError: images are too small for so many layers.
    """

    def __init__(self, *, size: int, channels: int, width: int, depth: int) -> None:
        super().__init__()
        if size < 3 * 2**depth:
            raise UserError(
                f"patch_depth {depth}: images of {size} pixels are too small for it, which needs {3 * 2**depth}; "
                "lower it in the method's settings"
            )
        wide = [channels, *(width * min(2**n, 8) for n in range(depth + 1)), 1]
        self.convs = nn.ModuleList(
            nn.Conv2d(fan_in, fan_out, 4, stride=2 if n < depth else 1, padding=1, bias=n in (0, depth + 1))
            for n, (fan_in, fan_out) in enumerate(pairwise(wide))
        )
        for conv in self.convs:
            nn.init.normal_(conv.weight, 0, 0.02)
            if conv.bias is not None:
                nn.init.zeros_(conv.bias)

    def forward(self, *images: Tensor) -> Tensor:
        """Scores [B, 1, h, w], higher for "real", of images [B, C, S, S] in [-1, 1]; several are laid together."""
        h = torch.cat(images, 1) if len(images) > 1 else images[0]
        h = F.leaky_relu(self.convs[0](h), SLOPE)
        for conv in self.convs[1:-1]:
            h = F.leaky_relu(F.group_norm(conv(h), conv.out_channels), SLOPE)
        return self.convs[-1](h)
