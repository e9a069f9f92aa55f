"""Image sets derived from others: perceptually distant tasks that need no download."""

import torch
import torch.nn.functional as F
from torch import Tensor

CHUNK = 1024  # images at a time: edges need floats


def inverted(x: Tensor) -> Tensor:
    """The negative: 255 minus every value; uint8 of any shape."""
    return 255 - x


def rotated(x: Tensor) -> Tensor:
    """Rotate images [N, C, S, S] by 90 degrees, counter-clockwise."""
    return x.rot90(1, (2, 3)).contiguous()


def edges(x: Tensor) -> Tensor:
    """The magnitude of the Sobel gradient of each channel, with border pixels replicated; uint8 [N, C, S, S].

    Divided by four, so that a vertical or horizontal step from 0 to 255 has the value 255; rounded and clamped to 255.
    """
    across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
    kernels = torch.stack([across, across.T])[:, None]
    flat = x.flatten(0, 1)[:, None]
    made = torch.empty_like(flat)
    for start in range(0, len(flat), CHUNK):
        padded = F.pad(flat[start : start + CHUNK].float(), (1, 1, 1, 1), mode="replicate")
        magnitude = F.conv2d(padded, kernels).square().sum(1, keepdim=True).sqrt() / 4
        made[start : start + CHUNK] = magnitude.round().clamp(max=255)
    return made.view_as(x)


def blurred(x: Tensor) -> Tensor:
    """Blur images [N, C, S, S] by a Gaussian with a standard deviation of a sixteenth of their side, rounded."""
    sigma = x.shape[-1] / 16
    return torch.cat([blur(part.float(), sigma).round_().to(torch.uint8) for part in x.split(CHUNK)])


def blur(x: Tensor, sigma: float) -> Tensor:
    """Gaussian blur of float images [N, C, S, S], cut off at three standard deviations; border pixels are repeated."""
    reach = max(1, round(3 * sigma))
    bell = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=x.device) / sigma) ** 2)
    bell = (bell / bell.sum()).to(x.dtype)
    flat = F.pad(x.flatten(0, 1)[:, None], (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(F.conv2d(flat, bell.view(1, 1, 1, -1)), bell.view(1, 1, -1, 1)).view_as(x)


def posterised(x: Tensor) -> Tensor:
    """Four levels a channel, 0, 85, 170 and 255: each value becomes that of its quarter; uint8 of any shape."""
    return x // 64 * 85


DERIVATIONS = {
    "inverted": inverted,
    "rotated": rotated,
    "edges": edges,
    "blurred": blurred,
    "posterised": posterised,
}


def derive(x: Tensor, names: list[str]) -> Tensor:
    """Apply some of :data:`DERIVATIONS` to images uint8 [N, C, S, S], one after another."""
    for name in names:
        x = DERIVATIONS[name](x)
    return x
