"""ResNet-6 of factorised filters (Zhai et al., 2021, section 3.1).

    F_i = R(B_i C_i W),   B_i = H_i(z)                                                          (equations 3 and 4)

W [K, in * out] of each layer is shared by all tasks; each has its own coefficients C_i [K, K] and filter generators
H_i, which make the base filters B_i [k * k, K] of a layer from noise z [64] by a hidden layer of 64. R takes the axes
as (k, k, in, out). Here W is kept as [out, in, K], so that W (B_i C_i)^T has the filter's axes in order already.

At width 64 and K = 7: 6,271,602 numbers for the first task and 190,450 for each other one, as in table 5.

[GAP] The paper says neither whether filter generators have biases nor how all this starts. Without biases (the counts
of table 5 fit either, these best) H(0) = 0: at z = 0 every filter is zero and every image grey. At the start C is the
identity, filters have the standard deviation 0.02 that convolutions usually have, and their mean over z makes up most
of it: one of N(0, 0.02) or by the framework's default lets z alone decide on two thirds of a filter. Ours.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.networks.resnet_translator import Layer, ResnetTranslator

STD = 0.02  # of the filters at the start
SHARE = 0.2  # standard deviation of a base filter over z, relative to that over filters, at the start


def start(k: int) -> float:
    """Standard deviation of base filters and of W at the start: K products of both add up to STD."""
    return math.sqrt(STD / math.sqrt(k))


class FilterGenerators(nn.Module):
    """H and C of one task: for every layer a network of its own, with one hidden layer, and coefficients.

    Those of layers with kernels of one size are stacked.

    Args:
        layers: of the translator.
        k: number of base filters of a layer (7 in the paper).
        noise, hidden: length of z and size of the hidden layer (64 and 64 in the paper).
        bias: give both layers biases.
        coefficients: have C; without, it is the identity (table 3, third row).
    """

    def __init__(
        self, layers: Sequence[Layer], *, k: int, noise: int, hidden: int, bias: bool, coefficients: bool
    ) -> None:
        super().__init__()
        count = len(layers)
        self.kernels = [layer.kernel for layer in layers]
        self.hidden = nn.Parameter(torch.randn(count, hidden, noise) * math.sqrt(2 / noise))
        self.coefficients = nn.Parameter(torch.eye(k).repeat(count, 1, 1)) if coefficients else None
        self.heads = nn.ParameterDict()
        if bias:
            self.hidden_bias = nn.Parameter(torch.zeros(count, hidden))
            self.biases = nn.ParameterDict()
        for size in sorted(set(self.kernels)):
            mean = torch.randn(self.kernels.count(size), size * size * k)
            mean = start(k) * mean / mean.square().mean(1, keepdim=True).sqrt()  # of so few numbers, exactly
            spread = start(k) * SHARE / math.sqrt(hidden) * torch.randn(*mean.shape, hidden)  # E h^2 = 1
            if bias:
                self.biases[str(size)] = nn.Parameter(mean)
            else:  # the same mean, by the mean 1 / sqrt(pi) of each hidden unit
                spread = spread + mean[..., None] * math.sqrt(math.pi) / hidden
            self.heads[str(size)] = nn.Parameter(spread)
        self.k, self.bias = k, bias

    def forward(self, z: Tensor) -> list[Tensor]:
        """``B C`` [k * k, K] of every layer from ``z`` [1, noise]."""
        hidden = self.hidden @ z[0]
        hidden = F.relu(hidden + self.hidden_bias if self.bias else hidden)
        found: list[Tensor] = [hidden] * len(self.kernels)
        for size, head in self.heads.items():
            mine = [index for index, kernel in enumerate(self.kernels) if str(kernel) == size]
            made = (head @ hidden[mine, :, None]).squeeze(2)
            made = made + self.biases[size] if self.bias else made
            bases = made.view(len(mine), -1, self.k)
            bases = bases if self.coefficients is None else bases @ self.coefficients[mine]
            for index, base in zip(mine, bases, strict=True):
                found[index] = base
        return found

    def sizes(self) -> list[int]:
        """How many numbers there are for each layer, coefficients included."""
        found = []
        for index, kernel in enumerate(self.kernels):
            parts = [self.hidden[index], self.heads[str(kernel)][0]]  # as large for all layers with kernels of a size
            parts += [self.hidden_bias[index], self.biases[str(kernel)][0]] if self.bias else []
            parts += [] if self.coefficients is None else [self.coefficients[index]]
            found.append(sum(part.numel() for part in parts))
        return found


class HyperTranslator(ResnetTranslator):
    """ResNet-6 with filters that are generated for each slot and combined by weights that all slots share.

    Args:
        k, noise, hidden, bias, coefficients: as of :class:`FilterGenerators`.
        specific: each slot has filter generators of its own; False: all have those of the first (table 3, second row).
    """

    def __init__(
        self, slots: Sequence[str], *, channels: int, width: int, blocks: int, k: int, noise: int, hidden: int,
        bias: bool = False, coefficients: bool = True, specific: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(slots, channels=channels, width=width, blocks=blocks)
        self.weights = nn.ParameterList(start(k) * torch.randn(*layer.shape[:2], k) for layer in self.layers)
        self.specific = specific
        shape = {"k": k, "noise": noise, "hidden": hidden, "bias": bias, "coefficients": coefficients}
        generated = slots if specific else slots[:1]
        self.generators = nn.ModuleDict({slot: FilterGenerators(self.layers, **shape) for slot in generated})

    def filters(self, slot: str, z: Tensor) -> list[Tensor]:
        bases = self.generators[slot if self.specific else self.slots[0]](z)
        pairs = zip(self.layers, self.weights, bases, strict=True)
        return [(weight @ base.T).view(layer.shape) for layer, weight, base in pairs]
