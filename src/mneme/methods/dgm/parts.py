"""What DGM stores of a task beside the weights that all tasks share, and how much of them each task uses."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mneme.method import State
from mneme.networks.bits import pack, unpack
from mneme.state import numbers


def stored(
    own: nn.Module, embeddings: Sequence[Tensor], wide: Sequence[int], newly: Sequence[int], soft: bool
) -> State:
    """A task's part of a checkpoint.

    Args:
        wide: widths of the layers while the task was trained.
        newly: entries of each mask that no task before had reserved.
        soft: keep the embeddings, as released; otherwise the binary masks, a bit an entry.
    """
    masks = {"embeddings": [e.detach() for e in embeddings]} if soft else {"masks": [pack(e >= 0) for e in embeddings]}
    return {"widths": list(wide), "newly": list(newly), "own": own.state_dict(), **masks}


def hard(part: State, shapes: Sequence[Sequence[int]], device: torch.device) -> list[Tensor]:
    """Binary masks of a stored task, bool, one a layer: 1 where an embedding is not negative, also where it is 0."""
    if "embeddings" in part:
        return [e.to(device) >= 0 for e in part["embeddings"]]
    return [unpack(words.to(device), shape) for words, shape in zip(part["masks"], shapes, strict=True)]


def masks(part: State, shapes: Sequence[Sequence[int]], s_max: float, device: torch.device) -> list[Tensor]:
    """Masks that a stored task is sampled by, float in [0, 1]: sigmoid(s_max e) of embeddings, or binary."""
    if "embeddings" in part:
        return [torch.sigmoid(s_max * e.to(device)) for e in part["embeddings"]]
    return [mask.float() for mask in hard(part, shapes, device)]


def occupation(
    task: int, embeddings: Sequence[Tensor], reserved: Sequence[Tensor], start: float = 0.0
) -> list[dict[str, int]]:
    """How much of each layer a task uses: a row a layer.

    Args:
        embeddings: at the end of the task; an entry is used where it is not negative.
        reserved: bool, by earlier tasks.
        start: what embeddings started at, 0 or more.

    Returns:
        ``entries`` of the mask, of which ``used``; of these ``newly`` reserved and ``reused``; ``idle_newly`` and
        ``idle_reused`` of either had no gradient in the whole task: they stayed where they started, which counts as
        used, as released (weights from one-hot inputs of other classes do). ``free``: neither used now nor before.
    """
    rows = []
    for layer, (e, before) in enumerate(zip(embeddings, reserved, strict=True), start=1):
        used, idle = e >= 0, e == start
        counts = {
            "entries": torch.ones_like(used), "used": used, "newly": used & ~before, "reused": used & before,
            "idle_newly": idle & ~before, "idle_reused": idle & before, "free": ~used & ~before,
        }  # fmt: skip
        rows.append({"task": task, "layer": layer, **{name: int(part.sum()) for name, part in counts.items()}})
    return rows


def growth(
    rule: str, first: Sequence[int], wide: Sequence[int], shapes: Callable[[Sequence[int]], Sequence[Sequence[int]]],
    reserved: Sequence[Tensor],
) -> float:  # fmt: skip
    """alpha, by which the regulariser weighs more in later tasks (section 3.3).

    Args:
        rule: ``widths``: the sum of the layers' widths over that of task 1, as released for digits; ``weights``: the
            same of their weights, as released for ImageNet-50; ``free``: entries of the masks over those that are not
            reserved, S_t / S_free of the paper.
        first, wide: widths in task 1, and now.
        shapes: widths -> shapes of the weights.
        reserved: cumulated masks, bool.
    """
    if rule == "free":
        return sum(part.numel() for part in reserved) / max(1, sum(int((~part).sum()) for part in reserved))
    counts = [sum(map(math.prod, shapes(each))) if rule == "weights" else sum(each) for each in (wide, first)]
    return counts[0] / counts[1]


def size(task: int, shapes: Sequence[Sequence[int]], later: Sequence[Sequence[int]], own: nn.Module) -> dict[str, Any]:
    """How large the generator is in a task: its ``units`` and ``weights`` in masked layers, ``expanded`` weights after
    the expansion that follows, and the numbers of the task's own ``norms`` and ``heads``.

    Args:
        shapes, later: of the layers' weights in the task, and after it.
    """
    weights = [sum(torch.Size(shape).numel() for shape in each) for each in (shapes, later)]
    norms, heads = ([p.detach() for p in module.parameters()] for module in (own.norms, own.heads))
    return {
        "task": task, "units": sum(shape[1] for shape in shapes), "weights": weights[0], "expanded": weights[1],
        "norms": numbers(norms), "heads": numbers(heads),
    }  # fmt: skip
