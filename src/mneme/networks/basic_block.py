"""The basic block of residual networks (He et al., 2016) and a body of them, for images from a few pixels on."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """``relu(bn(conv(relu(bn(conv(x))))) + shortcut(x))`` of 3 x 3 convolutions without bias.

    Args:
        stride: of the first convolution.
        padded: where channels or stride change, the shortcut drops pixels and appends channels of zeros, as He et al.
            do for CIFAR; otherwise it is a 1 x 1 convolution with batch norm, as they do for ImageNet.
        last: whether a ReLU follows.
    """

    def __init__(self, fin: int, fout: int, stride: int, padded: bool = False, last: bool = True) -> None:
        super().__init__()
        self.stride, self.more, self.last = stride, fout - fin, last
        self.conv_0 = nn.Conv2d(fin, fout, 3, stride, padding=1, bias=False)
        self.conv_1 = nn.Conv2d(fout, fout, 3, padding=1, bias=False)
        self.norm_0, self.norm_1 = nn.BatchNorm2d(fout), nn.BatchNorm2d(fout)
        self.shortcut: nn.Module = nn.Identity()
        if (stride, fin) != (1, fout) and not padded:
            self.shortcut = nn.Sequential(nn.Conv2d(fin, fout, 1, stride, bias=False), nn.BatchNorm2d(fout))
        self.padded = padded

    def forward(self, x: Tensor) -> Tensor:
        h = self.norm_1(self.conv_1(F.relu(self.norm_0(self.conv_0(x)))))
        if self.padded:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.more))
        h = h + self.shortcut(x)
        return F.relu(h) if self.last else h


class Body(nn.Module):
    """A 3 x 3 convolution with batch norm and ReLU, stages of basic blocks, and the mean over pixels.

    Args:
        channels: of images.
        wide: channels of each stage; every stage but the first halves the side.
        blocks: of a stage.
        padded: as of :class:`BasicBlock`.
        last: whether a ReLU follows the last block.
    """

    def __init__(
        self, channels: int, wide: Sequence[int], blocks: int, padded: bool = False, last: bool = True
    ) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(channels, wide[0], 3, padding=1, bias=False), nn.BatchNorm2d(wide[0])
        parts, fin = [], wide[0]
        for fout in wide:
            for _ in range(blocks):
                parts.append((fin, fout, 1 + (fin != fout)))
                fin = fout
        self.blocks = nn.ModuleList(
            BasicBlock(*part, padded, last or place < len(parts) - 1) for place, part in enumerate(parts)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Images [B, C, S, S] -> features [B, wide[-1]]."""
        h = F.relu(self.norm(self.conv(x)))
        for block in self.blocks:
            h = block(h)
        return h.mean((2, 3))
