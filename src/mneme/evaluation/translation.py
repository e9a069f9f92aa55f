"""Tasks that translate: what every method is asked, and measures of pairs."""

import torch
from torch import Tensor

from mneme.data.derive import blur
from mneme.data.stream import Task
from mneme.evaluation.metrics import Measure
from mneme.evaluation.samples import Generative, noise

ROWS = 5
"""Rows of noise; each given image is translated once with each."""

BATCH = 32
BLUR = 2.0  # pixels
LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601


@torch.no_grad()
def translate(
    method: Generative, task: Task, given: Tensor, *, stream: str, seed: int, device: torch.device, rows: int = ROWS
) -> Tensor:
    """Ask a method for the targets of given images, under the same rows of noise for every method and checkpoint.

    Args:
        given: uint8 [N, C, S, S].
        rows: of noise; a method without noise makes each image once.

    Returns:
        uint8 [rows * N, C, S, S] on the CPU, all given images under the first row of noise, then under the second, ...
    """
    z = noise(stream, seed, (ROWS, method.noise))[: rows if method.noise else 1].to(device)
    return torch.cat([method.sample(task, a.to(device), e).cpu() for e in z.split(1) for a in given.split(BATCH)])


def l1(images: Tensor, targets: Tensor) -> Tensor:
    """Mean absolute difference of each image uint8 [N, C, S, S] from its target, in per cent of the range; float64 [N].

    Taken over pixels and channels, of values from 0 to 255.
    """
    return (images.double() - targets.double()).abs().mean((1, 2, 3)) / 255 * 100


def luminance_correlation(images: Tensor, targets: Tensor) -> Tensor:
    """Pearson's correlation of each image's luminance with that of its target, both blurred by 2 px; float64 [N].

    Zero where one of them has the same luminance everywhere.
    """
    a, b = (blur(luminance(part), BLUR).flatten(1) for part in (images, targets))
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    scale = a.norm(dim=1) * b.norm(dim=1)
    return torch.where(scale > 1e-6, (a * b).sum(1) / scale.clamp(min=1e-6), 0.0)


def luminance(images: Tensor) -> Tensor:
    """uint8 [N, 1 or 3, S, S] to float64 [N, 1, S, S], 0 to 255."""
    x = images.double()
    return x if x.shape[1] == 1 else (x * torch.tensor(LUMINANCE, dtype=x.dtype).view(1, 3, 1, 1)).sum(1, keepdim=True)


MEASURES = {"l1": l1, "luminance_correlation": luminance_correlation}
"""Of paired tasks, beside those of :mod:`mneme.evaluation.quality`."""


def against_targets(images: Tensor, targets: Tensor) -> dict[str, Measure]:
    """The measures of pairs, averaged over images.

    Args:
        images: what :func:`translate` returned, all of it or its first images.
        targets: uint8 [N, C, S, S] of the given images, in their order.

    Returns:
        Each measure with its standard deviation over the rows of noise, where there are several whole ones.
    """
    found = {}
    for name, measure in MEASURES.items():
        chunks = [measure(part, targets[: len(part)]) for part in images.split(len(targets))]
        whole = [chunk.mean() for chunk in chunks if len(chunk) == len(targets)]
        std = torch.stack(whole).std().item() if len(whole) > 1 else None
        found[name] = Measure(torch.cat(chunks).mean().item(), std)
    return found
