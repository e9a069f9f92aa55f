"""Samples to evaluate: the same noise for every method, checkpoint and task, the same labels for every method."""

import hashlib
from typing import Protocol

import torch
from torch import Tensor

from mneme.data.labels import place
from mneme.data.stream import Task
from mneme.spec import derive_seed

BATCH = 250


class Generative(Protocol):
    """What evaluation may know of a trained method.

    Attributes:
        noise: length of the noise vector.
        CONDITIONAL: whether samples show the class that was asked for.
    """

    noise: int
    CONDITIONAL: bool

    def sample(self, task: Task, condition: Tensor, z: Tensor) -> Tensor:
        """uint8 [B, C, S, S] for stream labels int64 [B] and noise float [B, noise]; of a task that translates for
        given images uint8 [B, C, S, S] and noise [1, noise]."""
        ...


def balanced(task: Task, n: int) -> Tensor:
    """Stream labels int64 [n] of a task, which take turns."""
    return torch.tensor(task.labels).repeat(-(-n // len(task.labels)))[:n]


def noise(stream: str, seed: int, shape: tuple[int, int]) -> Tensor:
    """Standard normal noise [n, noise], drawn on the CPU whatever the device; fixed by stream and seed.

    All tasks are sampled from the same noise, as in MeRGAN's figures 2 and 4.
    """
    generator = torch.Generator().manual_seed(derive_seed(stream, seed, "evaluation"))
    return torch.randn(shape, generator=generator)


@torch.no_grad()
def draw(
    method: Generative, task: Task, n: int, *, stream: str, seed: int, device: torch.device, first: int | None = None
) -> Tensor:
    """Sample a task from a method: uint8 [n, C, S, S] on the CPU, labels balanced over its classes.

    Args:
        first: make only so many of the ``n``.
    """
    labels, z = balanced(task, n)[:first], noise(stream, seed, (n, method.noise))[:first]
    batches = zip(labels.split(BATCH), z.split(BATCH), strict=True)
    return torch.cat([method.sample(task, y.to(device), e.to(device)).cpu() for y, e in batches])


def to_classes(task: Task, classes: list[int], labels: Tensor) -> Tensor:
    """Classes int64 [N] of stream labels int64 [N]; ``classes`` are those of ``task.labels``, in the same order."""
    return torch.tensor(classes)[place(labels, task.labels)]


def fingerprint(images: Tensor) -> str:
    """SHA-256 of the bytes of uint8 images, in order: equal exactly if every pixel is."""
    return hashlib.sha256(images.contiguous().numpy().data).hexdigest()
