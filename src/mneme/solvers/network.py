"""The networks of solvers: ResNet-18 as published, or the evaluator's few strided convolutions."""

from pathlib import Path

import torch
from torch import Tensor, nn

from mneme import files
from mneme.errors import UserError
from mneme.evaluation.classifier import Classifier
from mneme.settings import Settings

SMALL = 64  # pixels; up to here ResNet-18 has a stem that does not shrink the image
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet


class ResNet18(nn.Module):
    """torchvision's ResNet-18 for images in [0, 1]; grey ones are repeated to three channels.

    [GAP] Nobody says how it takes images of up to 64 px. Here, as is common for CIFAR, its first convolution is 3 x 3
    with stride 1 and its max pooling is left out.
    """

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        from torchvision.models import resnet18

        self.network = resnet18(num_classes=classes)
        if size <= SMALL:
            self.network.conv1 = nn.Conv2d(3, 64, kernel_size=3, padding=1, bias=False)
            self.network.maxpool = nn.Identity()
        for name, values in (("mean", MEAN), ("std", STD)):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.network((x.expand(-1, 3, -1, -1) - self.mean) / self.std)


class Small(nn.Module):
    """The evaluator's network (:mod:`mneme.evaluation.classifier`) for images in [0, 1] of the stream's size."""

    def __init__(self, size: int, channels: int, width: int, features: int, classes: int) -> None:
        super().__init__()
        self.network = Classifier(size, channels, width, features, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.network.head(self.network.body(2 * x - 1))


def build(settings: Settings, size: int, channels: int) -> nn.Module:
    """A fresh network; all outputs are there from the start, those of classes yet to come too (as released)."""
    if settings.network == "small":
        return Small(size, channels, settings.width, settings.features, settings.classes)
    return ResNet18(size, settings.classes)


def pretrain(network: nn.Module, weights: Path, checksum: str) -> None:
    """Lay published ImageNet weights into a ResNet-18; its head, and a stem of another shape, stay fresh.

    Args:
        checksum: ``sha256:...`` of the file.

    Raises:
        UserError: the file is missing or another one.
    """
    if not weights.is_file():
        raise UserError(f"{weights}: no such file; set resnet18_weights: download, or null to train from scratch")
    if (found := f"sha256:{files.sha256(weights)}") != checksum:
        raise UserError(f"{weights}: its hash is {found}, not {checksum} of the published ResNet-18; get it again")
    own, published = network.network.state_dict(), files.load(weights)
    fits = {n: v for n, v in published.items() if not n.startswith("fc.") and v.shape == own[n].shape}
    network.network.load_state_dict(own | fits)
