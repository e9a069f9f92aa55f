"""A small classifier of images: strided convolutions without any norm, and a hidden layer that serves as features.

The evaluator is one, and so is a classifier that learns a stream of small images.
"""

from typing import NamedTuple

from torch import Tensor, nn

from mneme.data.pixels import to_unit


class Prediction(NamedTuple):
    """What the classifier says of N images: features [N, D] and logits [N, classes]."""

    features: Tensor
    logits: Tensor


class StridedClassifier(nn.Module):
    """Strided convolutions down to 4 x 4, a feature layer, a linear head; leaky ReLU in between.

    No layer mixes the images of a batch, so a prediction depends on its own image only. Plain ReLU left half of
    the features at zero for every image (measured on MNIST): dimensions that no distance would see.

    Args:
        size: height and width of the images, from 8 on.
        width: channels of the first convolution; they double at each one, up to eight times.
        features: units of the feature layer.
        classes: all classes of all datasets of the stream.
    """

    def __init__(self, size: int, channels: int, width: int, features: int, classes: int) -> None:
        super().__init__()
        self.shape = dict(size=size, channels=channels, width=width, features=features, classes=classes)
        layers: list[nn.Module] = []
        wide = channels
        while size > 4:
            narrow, wide = wide, min(2 * wide, 8 * width) if layers else width
            layers += [nn.Conv2d(narrow, wide, kernel_size=4, stride=2, padding=1), nn.LeakyReLU(0.2)]
            size //= 2
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(wide * size * size, features), nn.LeakyReLU(0.2))
        self.head = nn.Linear(features, classes)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight, a=0.2)  # without norm layers depth needs it
                nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> Prediction:
        """Predict for uint8 images [N, channels, size, size]."""
        features = self.body(to_unit(images))
        return Prediction(features, self.head(features))


class Logits(nn.Module):
    """The logits of a :class:`StridedClassifier`, for images float [N, channels, size, size] in [0, 1]."""

    def __init__(self, network: StridedClassifier) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return self.network.head(self.network.body(2 * x - 1))
