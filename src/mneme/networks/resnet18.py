"""torchvision's ResNet-18, for images from a few pixels on."""

import torch
from torch import Tensor, nn

SMALL = 64  # pixels; up to here the stem does not shrink the image
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

    def load_published(self, weights: dict[str, Tensor]) -> None:
        """Lay published ImageNet weights in; the head, and a stem of another shape, stay as they are.

        Args:
            weights: torchvision's state dict.
        """
        own = self.network.state_dict()
        fits = {n: v for n, v in weights.items() if not n.startswith("fc.") and v.shape == own[n].shape}
        self.network.load_state_dict(own | fits)
