"""What DGM's solver sees of past classes: replays, drawn once a task, and real samples where some are kept.

``r = n_r / N`` (section 4): of the N samples a past class is replayed by, n_r are real, chosen when the class was
learned. N is the average number of images a class of the current task. ``K`` instead limits all real samples together:
K over the number of classes so far are kept of each. No code was released for either. [GAP] Real samples take the place
of as many replays (``joins: false``), or join all N (``joins: true``): the text speaks of "generated samples
additionally to the stored real once".
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mneme.data.selection import CHOICES
from mneme.data.stream import Task
from mneme.settings import Settings

Samples = dict[int, Tensor]
"""Stream label -> uint8 [n, C, S, S], the best choice first."""


def kept(
    past: Samples, data: dict[str, Tensor], labels: Sequence[int], features: Callable[[Tensor], Tensor],
    settings: Settings,
) -> Samples:  # fmt: skip
    """The real samples that a checkpoint holds: those of past classes, and of the task's own.

    Args:
        past: those of the checkpoint before; each class loses its last where K is spread over more classes now.
        data: real images of the task, x and y.
        labels: of the task's classes.
        features: images uint8 [N, C, S, S] -> float [N, D], for choices that need them.
    """
    choose = CHOICES[settings.selection]
    share = settings.memory // (len(past) + len(labels))
    samples = {label: images[:share].clone() if settings.memory else images for label, images in past.items()}
    for label in labels:
        images = data["x"][data["y"] == label]
        count = share if settings.memory else round(settings.ratio * len(images))
        if count:
            samples[label] = images[choose(features(images), count).to(images.device)].clone()
    return samples


def replayed(
    tasks: Sequence[Task], count: int, make: Callable[[Task, int, int], Tensor], real: Samples, settings: Settings
) -> list[tuple[Tensor, Tensor]]:
    """What past classes are replayed by in a task: images uint8 [N, C, S, S] and labels int64 [N], a pair a past class
    (``replay_by: class``, as released for streams of one class a task) or a past task (``task``, as for ImageNet-50).

    Args:
        tasks: the past ones.
        count: N, of each class.
        make: (task, label, n) -> n generated images.
    """
    groups: dict[int, list[tuple[Tensor, Tensor]]] = {}
    for task in tasks:
        for label in task.labels:
            own = real.get(label)
            own = own[: count if settings.memory else round(settings.ratio * count)] if own is not None else None
            missing = count if settings.joins or own is None else count - len(own)
            made = [make(task, label, missing)] if missing else []
            images = torch.cat([*([] if own is None else [own.to(made[0].device) if made else own]), *made])
            pair = images, torch.full((len(images),), label, device=images.device)
            groups.setdefault(label if settings.replay_by == "class" else -task.index, []).append(pair)
    return [tuple(torch.cat(parts) for parts in zip(*pairs, strict=True)) for pairs in groups.values()]
