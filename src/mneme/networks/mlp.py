"""The perceptron of classifiers with stored samples: 784-256-256 on MNIST (Chaudhry et al., ECCV 2018)."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class Mlp(nn.Module):
    """Two hidden layers with ReLU. Weights start at a truncated N(0, 0.1), biases at 0.1, as released.

    Args:
        inputs: pixels times channels of an image.
        hidden: units of each hidden layer.
        classes: outputs.
    """

    def __init__(self, inputs: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.body = nn.ModuleList(nn.Linear(fin, fout) for fin, fout in pairwise([inputs, hidden, hidden]))
        self.head = nn.Linear(hidden, classes)
        for layer in (*self.body, self.head):
            nn.init.trunc_normal_(layer.weight, 0.0, 0.1, -0.2, 0.2)
            nn.init.constant_(layer.bias, 0.1)

    def features(self, x: Tensor) -> Tensor:
        """Images float [B, C, S, S] -> the second hidden layer, [B, hidden]."""
        h = x.flatten(1)
        for layer in self.body:
            h = torch.relu(layer(h))
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Logits [B, classes]."""
        return self.head(self.features(x))
