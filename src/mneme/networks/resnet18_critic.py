"""DGM's critic for ImageNet-50: score and class logits of images by a ResNet-18."""

from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.basic_block import Body
from mneme.networks.two_headed_critic import TwoHeadedCritic

FEATURES = 32  # in units of the width: 2048 at 64


class ResNet18Critic(TwoHeadedCritic):
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
