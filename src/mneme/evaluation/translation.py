"""Tasks that translate: what every method is asked, and measures of pairs."""

from statistics import stdev

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
CHROMA = (0.5 / (1 - 0.114), 0.5 / (1 - 0.299))  # of blue and of red


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


def gradients(images: Tensor) -> Tensor:
    """Energy of the luminance's gradient: mean squared difference of neighbours, down and across; float64 [N]."""
    x = luminance(images)
    return sum(x.diff(dim=axis).square().mean((1, 2, 3)) for axis in (2, 3))


def chroma(images: Tensor) -> Tensor:
    """Blue and red less the luminance, scaled as in ITU-R BT.601: float64 [N, 2, S, S]; zero where an image is grey."""
    if images.shape[1] == 1:
        return torch.zeros(len(images), 2, *images.shape[2:], dtype=torch.float64)
    y = luminance(images)
    return (images[:, [2, 0]].double() - y) * torch.tensor(CHROMA, dtype=torch.float64).view(1, 2, 1, 1)


def gradient_energy(images: Tensor, targets: Tensor) -> float | None:
    """Energy of the gradients of all images in per cent of the targets': 100 is as sharp as they are, 0 flat, and noise
    has more. None where the targets are flat."""
    return _per_cent(gradients(images).sum(), gradients(targets).sum())


def chroma_spread(images: Tensor, targets: Tensor) -> float | None:
    """Standard deviation of the chroma over all pixels of all images in per cent of the targets': 100 is as colourful
    as they are, 0 one colour for all. None where the targets have one colour."""
    spreads = [chroma(part).transpose(0, 1).flatten(1).var(1, correction=0).sum().sqrt() for part in (images, targets)]
    return _per_cent(*spreads)


def _per_cent(part: Tensor, whole: Tensor) -> float | None:
    return 100 * (part / whole).item() if whole > 1e-6 else None  # grey in three channels is not quite 0


EACH = {"l1": l1, "luminance_correlation": luminance_correlation}
SETS = {"gradient_energy": gradient_energy, "chroma_spread": chroma_spread}
MEASURES = (*EACH, *SETS)
"""Of paired tasks, beside those of :mod:`mneme.evaluation.quality`: of each image, and of all together."""


def against_targets(images: Tensor, targets: Tensor) -> dict[str, Measure]:
    """The measures of pairs, averaged over the rows of noise.

    Args:
        images: what :func:`translate` returned, all of it or its first images.
        targets: uint8 [N, C, S, S] of the given images, in their order.

    Returns:
        Each measure with its standard deviation over the rows of noise, where there are several whole ones; without
        those that the targets give no meaning to.
    """
    rows = [(row, targets[: len(row)]) for row in images.split(len(targets))]
    values = {name: [each(*row).mean().item() for row in rows] for name, each in EACH.items()}
    values |= {name: [together(*row) for row in rows] for name, together in SETS.items()}
    found = {}
    for name, per_row in values.items():
        if None not in per_row:
            mean = sum(value * len(row) for value, (row, _) in zip(per_row, rows, strict=True)) / len(images)
            whole = [value for value, (row, _) in zip(per_row, rows, strict=True) if len(row) == len(targets)]
            found[name] = Measure(mean, stdev(whole) if len(whole) > 1 else None)
    return found
