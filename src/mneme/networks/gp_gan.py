"""GP-GAN: the residual generator and discriminator of Mescheder et al. (2018), "Which training methods for GANs do
actually converge?", which GAN Memory (Cong et al., 2020, section 4.1) uses as its base.

At 256 px and width 64 the layers are those of the released network "resnet4": a fully connected layer to
16w x 4 x 4, seven residual blocks B0 (4 px) to B6 (256 px), a 7x7 convolution. No normalisation layer anywhere.
Convolutions pad with zeros, and the discriminator's average pooling counts them, as released.

Other sizes are a deviation: the released code runs its seven blocks at any multiple of 64 px, from size / 64 on. Here
the resolution starts at 4 px and B0, B1, ... are left out from the coarse end, so that 8 to 256 px have the same blocks
near the image. [GAP] below 64 px, where the released code has no network.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.errors import UserError
from mneme.networks.leaky import slope

WIDEST = 16  # no layer has more than 16 x width channels
SLOPE = 0.2


def multipliers(size: int) -> list[int]:
    """Channels in units of the width at 4 px, 8 px, ..., ``size`` px, and after the last block.

    ``multipliers(256) == [16, 16, 16, 8, 4, 2, 1, 1]``: block m goes from entry m to entry m + 1.

    Raises:
        UserError: the size is no power of two from 8 to 256.
    """
    if size not in (8, 16, 32, 64, 128, 256):
        raise UserError(
            f"size {size}: GP-GAN makes images of 8, 16, 32, 64, 128 or 256 pixels; change the stream's size"
        )
    doublings = (size // 4).bit_length() - 1
    return [min(WIDEST, 2 ** max(doublings - m, 0)) for m in range(doublings + 2)]


def discriminator_shape(shape: dict) -> dict:
    """Arguments of the discriminator for a generator with these arguments: all but ``noise``."""
    return {name: value for name, value in shape.items() if name != "noise"}


class ResidualBlock(nn.Module):
    """``shortcut(x) + 0.1 * conv_1(lrelu(conv_0(lrelu(x))))``; the shortcut is a 1x1 convolution without bias where
    the number of channels changes, else the identity."""

    def __init__(self, fin: int, fout: int) -> None:
        super().__init__()
        hidden = min(fin, fout)
        self.conv_0 = nn.Conv2d(fin, hidden, 3, padding=1)
        self.conv_1 = nn.Conv2d(hidden, fout, 3, padding=1)
        self.shortcut = nn.Conv2d(fin, fout, 1, bias=False) if fin != fout else nn.Identity()

    def forward(self, x: Tensor, inside: list[tuple[Tensor, Tensor]] | None = None) -> Tensor:
        """Features [B, fin, S, S] -> [B, fout, S, S]; what both activations are given is added to ``inside``."""
        hidden = self.conv_0(F.leaky_relu(x, SLOPE))
        if inside is not None:
            inside.append((x.detach(), hidden.detach()))
        return self.shortcut(x) + 0.1 * self.conv_1(F.leaky_relu(hidden, SLOPE))

    def pulled_back(self, g: Tensor, x: Tensor, hidden: Tensor) -> Tensor:
        """Gradient of the input from that of the output ``g``, if the activations were given ``x`` and ``hidden``."""
        residual = F.conv_transpose2d(0.1 * g, self.conv_1.weight, padding=1) * slope(hidden, SLOPE)
        residual = F.conv_transpose2d(residual, self.conv_0.weight, padding=1) * slope(x, SLOPE)
        direct = g if isinstance(self.shortcut, nn.Identity) else F.conv_transpose2d(g, self.shortcut.weight)
        return direct + residual


class ClassBias(nn.Linear):
    """One bias per class and a shared one: a linear map of the one-hot class, as released."""

    def forward(self, y: Tensor) -> Tensor:
        return super().forward(F.one_hot(y, self.in_features).to(self.weight.dtype))


def spread(g: Tensor) -> Tensor:
    """Gradient of the input of ``avg_pool2d(x, 3, stride=2, padding=1)`` from that of its output ``g``."""
    x = torch.zeros_like(F.interpolate(g.detach(), scale_factor=2.0)).requires_grad_()  # in g's memory layout
    return torch.autograd.grad(F.avg_pool2d(x, 3, stride=2, padding=1), x, g, create_graph=True)[0]


class Generator(nn.Module):
    """Maps noise to images.

    Args:
        size: height and width of the image, a power of two from 8 to 256.
        channels: 1 or 3.
        width: channels at full resolution (64 in the paper).
        noise: length of z (256 in the paper).
        labels: number of classes of a conditional generator: each has a bias of its own on the fully connected layer,
            which is how GAN Memory conditions this network (section 4.2). None: unconditional, as the published base,
            which has a single label with an embedding of length 1.
    """

    def __init__(self, *, size: int, channels: int, width: int, noise: int, labels: int | None = None) -> None:
        super().__init__()
        wide = [m * width for m in multipliers(size)]
        self.shape = {"size": size, "channels": channels, "width": width, "noise": noise, "labels": labels}
        self.embedding = nn.Embedding(1, 1)
        self.fc = nn.Linear(noise + 1, wide[0] * 4 * 4)
        self.class_bias = ClassBias(labels, wide[0] * 4 * 4) if labels else None
        self.blocks = nn.ModuleList(ResidualBlock(fin, fout) for fin, fout in pairwise(wide))
        self.image = nn.Conv2d(wide[-1], channels, 7, padding=3)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Images [B, C, S, S] in [-1, 1] from ``z`` float [B, noise] ~ N(0, 1) and ``y`` int64 [B] in [0, labels); an
        unconditional generator ignores ``y``."""
        h = self.fc(torch.cat([z, self.embedding.weight.expand(len(z), 1)], dim=1))
        if self.class_bias is not None:
            h = h + self.class_bias(y)
        h = h.view(len(z), -1, 4, 4)
        for m, block in enumerate(self.blocks):
            h = block(h if m == 0 else F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return torch.tanh(self.image(F.leaky_relu(h, SLOPE)))

    def formed(self) -> nn.Module:
        """The network itself; a styled network computes its weights here (``networks.styles``)."""
        return self


class Discriminator(nn.Module):
    """Maps images to one logit per class and returns that of the requested class. Mirrors the generator.

    Args: as :class:`Generator`, without noise.
    """

    def __init__(self, *, size: int, channels: int, width: int, labels: int | None = None) -> None:
        super().__init__()
        wide = [m * width for m in reversed(multipliers(size))]
        self.image = nn.Conv2d(channels, wide[0], 7, padding=3)
        self.blocks = nn.ModuleList(ResidualBlock(fin, fout) for fin, fout in pairwise(wide))
        self.fc = nn.Linear(wide[-1] * 4 * 4, labels or 1)

    def forward(self, x: Tensor, y: Tensor, gradient: bool = False) -> Any:
        """``x`` [B, C, S, S] in [-1, 1], ``y`` int64 [B] in [0, labels or 1) -> logits [B], positive for "real".

        Args:
            gradient: return also the gradient of each logit by its image, [B, C, S, S], differentiable in the weights.
                The chain rule is written out: autograd (``create_graph``) differentiates convolutions twice, by
                kernels as large as the image (torch 2.15).
        """
        h, inside = self.image(x), []
        for m, block in enumerate(self.blocks):
            h = block(h if m == 0 else F.avg_pool2d(h, 3, stride=2, padding=1), inside if gradient else None)
        logits = self.fc(F.leaky_relu(h, SLOPE).flatten(1)).gather(1, y[:, None]).squeeze(1)
        return (logits, self.pulled_back(h.detach(), y, inside)) if gradient else logits

    def pulled_back(self, h: Tensor, y: Tensor, inside: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Gradient of the logits of ``y`` by the images, from the features ``h`` and what was ``inside`` the blocks."""
        g = self.fc.weight[y].view_as(h) * slope(h, SLOPE)
        for m, block in reversed([*enumerate(self.blocks)]):
            x, hidden = inside[m]
            g = block.pulled_back(g, x, hidden)
            if m > 0:
                g = spread(g)
        return F.conv_transpose2d(g, self.image.weight, padding=3)

    def formed(self) -> nn.Module:
        return self
