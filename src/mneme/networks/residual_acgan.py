"""The 64 px residual pair of MeRGAN's scenes (section 3.2; layers as in its released code).

The class is a one-hot vector beside z; batch norm is unconditional and uses the current batch's statistics, always.
The critic has layer norm. Both heads are 10 wide in the released code, although its stream has 4 classes.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.errors import UserError
from mneme.networks.acgan import ConditionalBatchNorm, initialise


def widths(size: int, width: int) -> list[int]:
    """Channels at 4, 8, 16, 32 and 64 px.

    Raises:
        UserError: the size is not 64.
    """
    if size != 64:
        raise UserError(f"size {size}: the residual AC-GAN makes images of 64 pixels; set network: acgan for others")
    return [8 * width, 8 * width, 4 * width, 2 * width, width]


class UpBlock(nn.Module):
    """``conv(relu(bn(conv(up(relu(bn(x))))))) + shortcut(up(x))``; the first convolution has no bias."""

    def __init__(self, fin: int, fout: int) -> None:
        super().__init__()
        self.norm_0, self.norm_1 = ConditionalBatchNorm(fin, 1), ConditionalBatchNorm(fout, 1)
        self.conv_0 = nn.Conv2d(fin, fout, 3, padding=1, bias=False)
        self.conv_1 = nn.Conv2d(fout, fout, 3, padding=1)
        self.shortcut = nn.Conv2d(fin, fout, 1)

    def forward(self, x: Tensor, y: Tensor, groups: int) -> Tensor:
        h = F.interpolate(F.relu(self.norm_0(x, y, groups)), scale_factor=2.0, mode="nearest")
        h = self.conv_1(F.relu(self.norm_1(self.conv_0(h), y, groups)))
        return h + self.shortcut(F.interpolate(x, scale_factor=2.0, mode="nearest"))


class DownBlock(nn.Module):
    """``pool(conv(relu(ln(conv(relu(ln(x))))))) + shortcut(pool(x))``; the first convolution has no bias."""

    def __init__(self, fin: int, fout: int) -> None:
        super().__init__()
        self.norm_0, self.norm_1 = nn.GroupNorm(1, fin), nn.GroupNorm(1, fin)  # layer norm, affine by channel
        self.conv_0 = nn.Conv2d(fin, fin, 3, padding=1, bias=False)
        self.conv_1 = nn.Conv2d(fin, fout, 3, padding=1)
        self.shortcut = nn.Conv2d(fin, fout, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_0(F.relu(self.norm_0(x)))
        h = F.avg_pool2d(self.conv_1(F.relu(self.norm_1(h))), 2)
        return h + self.shortcut(F.avg_pool2d(x, 2))


class Generator(nn.Module):
    """Maps noise and class to images; arguments as :class:`mneme.networks.acgan.Generator` (width 64 in the paper)."""

    def __init__(self, *, size: int, channels: int, width: int, noise: int, labels: int) -> None:
        super().__init__()
        wide = widths(size, width)
        self.labels = labels
        self.fc = nn.Linear(noise + labels, wide[0] * 4 * 4)
        self.blocks = nn.ModuleList(UpBlock(fin, fout) for fin, fout in pairwise(wide))
        self.norm = ConditionalBatchNorm(wide[-1], 1)
        self.image = nn.Conv2d(wide[-1], channels, 3, padding=1)
        initialise(self, [block.shortcut for block in self.blocks])

    def forward(self, z: Tensor, y: Tensor, groups: int = 1) -> Tensor:
        """As :meth:`mneme.networks.acgan.Generator.forward`."""
        h = self.fc(torch.cat([z, F.one_hot(y, self.labels).to(z.dtype)], dim=1)).view(len(z), -1, 4, 4)
        only = torch.zeros_like(y)
        for block in self.blocks:
            h = block(h, only, groups)
        return torch.tanh(self.image(F.relu(self.norm(h, only, groups))))


class Critic(nn.Module):
    """Maps images to a score and class logits, as :class:`mneme.networks.acgan.Critic`."""

    def __init__(self, *, size: int, channels: int, width: int, labels: int) -> None:
        super().__init__()
        wide = list(reversed(widths(size, width)))
        self.image = nn.Conv2d(channels, wide[0], 3, padding=1)
        self.blocks = nn.ModuleList(DownBlock(fin, fout) for fin, fout in pairwise(wide))
        self.score = nn.Linear(wide[-1] * 4 * 4, 1)
        self.classes = nn.Linear(wide[-1] * 4 * 4, labels)
        initialise(self, [self.image, *(block.shortcut for block in self.blocks)])

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.image(x)
        for block in self.blocks:
            h = block(h)
        h = h.flatten(1)
        return self.score(h).squeeze(1), self.classes(h)

    def gradient(self, x: Tensor) -> Tensor:
        """As :meth:`mneme.networks.acgan.Critic.gradient`, of images that need no gradient themselves."""
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self(x)[0].sum(), x, create_graph=True)[0]
