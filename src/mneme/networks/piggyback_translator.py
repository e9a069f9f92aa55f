"""ResNet-6 with the filters of Piggyback GAN (Zhai et al., 2020, section 3; its counts in Zhai et al., 2021, table 5).

The filters of task 1 are free. Each later task has ``share`` of every layer's filters free, and the others are linear
combinations, by a matrix of its own, of all free filters of the tasks before, which are frozen: the bank.

    F_t = [M_t bank, free_t],   bank = [free_1, ..., free_(t-1)]

As in both re-implementations the last layer is free in every task; then table 5 comes out: 7,841,408 numbers for task
1, 4,375,584 more for task 2. The matrix grows with the bank: 4,598,816 for task 3.

[GAP] At the start a matrix has rows of length 1, so that combined filters have the scale of the bank's; combined
filters come before free ones.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mneme.networks.resnet_translator import PlainTranslator


class PiggybackTranslator(PlainTranslator):
    """Only the parts of the last slot are to be trained, and earlier slots are then what they were, to the bit.

    Args:
        share: lambda, the share of free filters from the second slot on (0.5 in Zhai et al., 2021).
    """

    def __init__(self, slots: Sequence[str], *, channels: int, width: int, blocks: int, share: float) -> None:
        super().__init__(slots, channels=channels, width=width, blocks=blocks)  # weights: of the first slot
        self.free, self.matrices = nn.ModuleDict(), nn.ModuleDict()
        for index, slot in enumerate(slots[1:], 1):
            free, matrices = nn.ParameterList(), nn.ParameterList()
            for number, layer in enumerate(self.layers):
                last = number == len(self.layers) - 1
                own = layer.fan_out if last else math.ceil(share * layer.fan_out)
                free.append(0.02 * torch.randn(own, *layer.shape[1:]))
                if not last:
                    bank = sum(len(self.own(earlier)[number]) for earlier in slots[:index])
                    matrices.append(torch.randn(layer.fan_out - own, bank) / math.sqrt(bank))
            self.free[slot], self.matrices[slot] = free, matrices

    def own(self, slot: str) -> nn.ParameterList:
        """The free filters of a slot, by layer."""
        return self.weights if slot == self.slots[0] else self.free[slot]

    def filters(self, slot: str, z: Tensor) -> list[Tensor]:
        *formed, last = self.own(slot)
        if slot != self.slots[0]:
            earlier = [self.own(name) for name in self.slots[: self.slots.index(slot)]]
            for number, matrix in enumerate(self.matrices[slot]):
                formed[number] = torch.cat([combined(matrix, [each[number] for each in earlier]), formed[number]])
        return [*formed, last]


def combined(matrix: Tensor, bank: Sequence[Tensor]) -> Tensor:
    """Filters [n, in, k, k] that are linear combinations of a bank's.

    Args:
        matrix: [n, N].
        bank: filters [n_i, in, k, k], N in all.
    """
    filters = torch.cat(list(bank))
    return (matrix @ filters.flatten(1)).view(-1, *filters.shape[1:])
