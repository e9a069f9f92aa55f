"""ResNet-6, the generator of images from images of Hyper-LifelongGAN and its rivals (Zhai et al., 2021, section 4).

The layers are those of Johnson et al. (2016) as CycleGAN has them: a 7x7 convolution, two of stride 2, six residual
blocks, two transposed convolutions, a 7x7 convolution. Two things differ from CycleGAN, and both follow from the counts
of table 5: convolutions have no biases, and instance norm has a scale and an offset, of which each task has its own.

How filters come about is what the methods differ in. Filters are written filter first, [out, in, k, k], transposed
convolutions included; :meth:`ResnetTranslator.formed` makes them once for all passes of a step.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mneme.errors import UserError

EPS = 1e-5


class Layer(NamedTuple):
    """Size of one convolution."""

    fan_in: int
    fan_out: int
    kernel: int

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Of its filters, filter first."""
        return self.fan_out, self.fan_in, self.kernel, self.kernel


def layers(channels: int, width: int, blocks: int) -> list[Layer]:
    """The convolutions in order: 18 with 6 blocks, of 7,833,984 weights at 3 channels and width 64."""
    return [
        Layer(channels, width, 7),
        Layer(width, 2 * width, 3),
        Layer(2 * width, 4 * width, 3),
        *[Layer(4 * width, 4 * width, 3)] * (2 * blocks),
        Layer(4 * width, 2 * width, 3),
        Layer(2 * width, width, 3),
        Layer(width, channels, 7),
    ]


def reflect(x: Tensor, pad: int) -> Tensor:
    """[B, C, H, W] with a mirrored border of ``pad`` pixels; on a GPU from parts, for there the gradient of the
    library's own padding is not the same in every run."""
    if not x.is_cuda:
        return F.pad(x, (pad,) * 4, mode="reflect")
    x = torch.cat([x[:, :, 1 : pad + 1].flip(2), x, x[:, :, -pad - 1 : -1].flip(2)], 2)
    return torch.cat([x[..., 1 : pad + 1].flip(3), x, x[..., -pad - 1 : -1].flip(3)], 3)


def translate(x: Tensor, filters: Sequence[Tensor], scales: Sequence[Tensor], offsets: Sequence[Tensor]) -> Tensor:
    """Images [B, C, S, S] in [-1, 1] from given images ``x`` of the same shape and range.

    Args:
        filters: of every layer, [out, in, k, k].
        scales, offsets: of the instance norm of every layer but the last, [out].
    """
    filters, norms = iter(filters), iter(zip(scales, offsets, strict=True))

    def norm(h: Tensor) -> Tensor:
        return F.group_norm(h, h.shape[1], *next(norms), EPS)  # a group a channel is instance norm, and faster

    h = F.relu(norm(F.conv2d(reflect(x, 3), next(filters))))
    for _ in range(2):
        h = F.relu(norm(F.conv2d(h, next(filters), stride=2, padding=1)))
    for _ in range((len(scales) - 5) // 2):
        inner = F.relu(norm(F.conv2d(reflect(h, 1), next(filters))))
        h = h + norm(F.conv2d(reflect(inner, 1), next(filters)))
    for _ in range(2):
        weight = next(filters).transpose(0, 1)
        h = F.relu(norm(F.conv_transpose2d(h, weight, stride=2, padding=1, output_padding=1)))
    return torch.tanh(F.conv2d(reflect(h, 3), next(filters)))


class Norms(nn.Module):
    """Scale and offset of every normalised channel of the network, start: 1 and 0."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))


class ResnetTranslator(nn.Module, ABC):
    """A translator with instance norms of its own for each of its slots; a slot is what one task has to itself.

    Args:
        channels: 1 or 3.
        width: channels at full resolution (64 in the paper).
        blocks: residual blocks (6 in the paper).
        slots: their names, in order.
    """

    def __init__(self, slots: Sequence[str], *, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        self.layers, self.slots = layers(channels, width, blocks), tuple(slots)
        self.normalised = [layer.fan_out for layer in self.layers[:-1]]
        self.norms = nn.ModuleDict({slot: Norms(sum(self.normalised)) for slot in slots})

    @abstractmethod
    def filters(self, slot: str, z: Tensor) -> list[Tensor]:
        """Filters [out, in, k, k] of every layer for a slot.

        Args:
            z: [1, noise] ~ N(0, 1); not looked at where filters are no function of it.
        """

    def formed(self, slot: str, z: Tensor) -> Callable[[Tensor], Tensor]:
        """The network of a slot as a function of given images [B, C, S, S] in [-1, 1], its filters made once."""
        filters, norms = self.filters(slot, z), self.norms[slot]
        scales, offsets = norms.scale.split(self.normalised), norms.offset.split(self.normalised)
        return lambda x: translate(x, filters, scales, offsets)

    def train_last(self) -> None:
        """Freeze all but the parts of the last slot, if there is an earlier one."""
        for name, parameter in self.named_parameters():
            parameter.requires_grad_(len(self.slots) == 1 or slot_of(name) == self.slots[-1])

    def load_grown(self, state: dict[str, Tensor]) -> None:
        """Load the state of a network with some of these slots; the other slots stay as they are."""
        self.load_state_dict({**self.state_dict(), **state})


def slot_of(name: str) -> str:
    """The slot that a parameter belongs to, by its name in a translator's state; ``""`` if all slots share it."""
    part, slot = name.split(".")[:2]
    return "" if part == "weights" else slot


class PlainTranslator(ResnetTranslator):
    """Filters that all slots share, N(0, 0.02) at the start; 7,841,408 numbers as published, 7,424 for each more slot.

    With one slot it is the "Full" model, with one for each task LifelongGAN++ (section 4).
    """

    def __init__(self, slots: Sequence[str], *, channels: int, width: int, blocks: int) -> None:
        super().__init__(slots, channels=channels, width=width, blocks=blocks)
        self.weights = nn.ParameterList(0.02 * torch.randn(layer.shape) for layer in self.layers)

    def filters(self, slot: str, z: Tensor) -> list[Tensor]:
        return list(self.weights)


def require_size(size: int) -> None:
    """Refuse sizes of images that a translator cannot halve twice and pad.

    Raises:
        UserError: the size is no multiple of 4, or under 8.
    """
    if size % 4 or size < 8:
        raise UserError(f"size {size}: this translator makes images of 8, 12, 16, ... pixels; change the stream's size")
