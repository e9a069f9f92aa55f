"""Masks as bits: one bit an entry, 32 in an integer, so that a file grows by what a mask tells."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

WORD = 32


def pack(mask: Tensor) -> Tensor:
    """bool of any shape -> int32 [ceil(N / 32)]; entry ``i`` is bit ``i % 32`` of word ``i // 32``."""
    flat = mask.detach().flatten().to(torch.int64)
    flat = torch.nn.functional.pad(flat, (0, -len(flat) % WORD)).view(-1, WORD)
    words = (flat << torch.arange(WORD, device=flat.device)).sum(1)
    return torch.where(words < 2**31, words, words - 2**32).to(torch.int32)


def unpack(words: Tensor, shape: Sequence[int]) -> Tensor:
    """The bool mask of ``shape`` that :func:`pack` made ``words`` of."""
    bits = words.to(torch.int64)[:, None] >> torch.arange(WORD, device=words.device) & 1
    return bits.flatten()[: math.prod(shape)].bool().view(*shape)
