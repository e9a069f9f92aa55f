"""DGM's critic for CIFAR-10: score and class logits of images by residual blocks."""

from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.two_headed_critic import TwoHeadedCritic


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


class ResidualCritic(TwoHeadedCritic):
    """The discriminator for CIFAR-10 of Gulrajani et al. (2017): four residual blocks, of which the first two halve the
    side, no norm, the mean over pixels.

    [GAP] Nothing was released of DGM's CIFAR-10 runs (:mod:`mneme.networks.masked_residual`).

    Args:
        size: in pixels; the heads see the mean over what is left of them.
        channels: of images.
        width: of all convolutions (128 there).
        labels: number of classes so far.
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
