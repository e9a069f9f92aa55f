"""Residual critics of DGM: score and class logits of images, as :class:`mneme.networks.strided_critic.Critic`."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.basic_block import Body

FEATURES = 32  # of the ResNet-18 critic, in units of its width: 2048 at 64


class Judge(nn.Module):
    """What critics have in common; ``features`` [B, D] are for them to add, ``score`` and ``classes`` their heads."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Images [B, C, S, S] in [-1, 1] -> scores [B], higher for "real", and class logits [B, labels]."""
        h = self.features(x)
        return self.score(h).squeeze(1), self.classes(h)

    def gradient(self, x: Tensor) -> Tensor:
        """As :meth:`mneme.networks.strided_critic.Critic.gradient`."""
        x = x.detach().requires_grad_()
        return torch.autograd.grad(self(x)[0].sum(), x, create_graph=True)[0]


class ResNet18Critic(Judge):
    """The discriminator for ImageNet-50: a ResNet-18 whose stem does not shrink the image, a linear layer to 2048
    units, batch norm with momentum 0.01 and ReLU; the class head has no bias (Ostapenko et al., 2019; released code).

    At width 64, 3 channels and 50 classes it has 12,328,001 parameters.

    Args:
        size: in pixels; the mean over what is left of them goes into the linear layer.
        channels: of images.
        width: of the first stage (64 in the paper); the stages have 1, 2, 4 and 8 times, the features 32 times as many.
        labels: number of classes so far.
    """

    def __init__(self, *, size: int, channels: int, width: int, labels: int) -> None:
        super().__init__()
        self.body = Body(channels, [width, 2 * width, 4 * width, 8 * width], 2)
        self.fc, self.norm = nn.Linear(8 * width, FEATURES * width), nn.BatchNorm1d(FEATURES * width, momentum=0.01)
        self.score, self.classes = nn.Linear(FEATURES * width, 1), nn.Linear(FEATURES * width, labels, bias=False)

    def features(self, x: Tensor) -> Tensor:
        return F.relu(self.norm(self.fc(self.body(x))))


class Block(nn.Module):
    """``down(conv(relu(conv(relu(x))))) + shortcut(down(x))``; the shortcut is a 1 x 1 convolution where the number of
    channels changes, and ``down`` the mean of 2 x 2 pixels or nothing. The first block has no ReLU in front."""

    def __init__(self, fin: int, fout: int, down: bool, first: bool = False) -> None:
        super().__init__()
        self.conv_0, self.conv_1 = (nn.Conv2d(count, fout, 3, padding=1) for count in (fin, fout))
        self.shortcut = nn.Conv2d(fin, fout, 1) if fin != fout else nn.Identity()
        self.down, self.first = down, first

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv_1(F.relu(self.conv_0(x if self.first else F.relu(x))))
        if self.down:
            h, x = F.avg_pool2d(h, 2), F.avg_pool2d(x, 2)
        return h + self.shortcut(x)


class ResidualCritic(Judge):
    """The discriminator for CIFAR-10 of Gulrajani et al. (2017): four residual blocks, of which the first two halve the
    side, no norm, the mean over pixels.

    [GAP] Nothing was released of DGM's CIFAR-10 runs (:mod:`mneme.networks.masked_residual`).

    Args:
        size, channels, labels: as of :class:`ResNet18Critic`.
        width: of all convolutions (128 there).
    """

    def __init__(self, *, size: int, channels: int, width: int, labels: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            Block(width if place else channels, width, down=place < 2, first=not place) for place in range(4)
        )
        self.score, self.classes = nn.Linear(width, 1), nn.Linear(width, labels)

    def features(self, x: Tensor) -> Tensor:
        for block in self.blocks:
            x = block(x)
        return F.relu(x).mean((2, 3))
