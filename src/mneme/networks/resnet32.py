"""The ResNet-32 of iCaRL for CIFAR (Rebuffi et al., CVPR 2017, section 4.1; layers as in its released code)."""

from torch import Tensor, nn

from mneme.networks.basic_block import Body

BLOCKS = 5  # of each of the three stages: 6 x 5 + 2 layers


class ResNet32(nn.Module):
    """Three stages of basic blocks whose shortcuts append zeros, without ReLU behind the last one, so that features may
    be negative; the mean over pixels, and a linear head.

    At width 16, 3 channels and 100 classes it has 470,004 parameters.

    Args:
        channels: of images.
        width: of the first stage (16 in the paper); the others have twice and four times as many channels.
        classes: outputs.
    """

    def __init__(self, channels: int, width: int, classes: int) -> None:
        super().__init__()
        self.body = Body(channels, [width, 2 * width, 4 * width], BLOCKS, padded=True, last=False)
        self.head = nn.Linear(4 * width, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def features(self, x: Tensor) -> Tensor:
        """Images float [B, C, S, S] -> [B, 4 width]."""
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, classes]."""
        return self.head(self.features(x))
