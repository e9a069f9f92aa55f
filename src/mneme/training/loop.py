"""The training loop of one task."""

import math
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from mneme.data.crop import random_crop
from mneme.files import save
from mneme.method import Method
from mneme.spec import derive_seed
from mneme.state import finite
from mneme.training.resume import Resume, append
from mneme.training.sampler import EpochSampler

LINES = 100  # progress lines and loss rows a task


def train(
    method: Method, data: dict[str, Tensor], *, steps: int, batch: int, seed: tuple[object, ...],
    snapshots: Sequence[int], resume: Resume,
) -> dict[str, Any]:  # fmt: skip
    """Train a method that has begun its task for ``steps`` steps, continuing from a saved state if there is one.

    Args:
        data: x uint8 [N, C, S, S], y int64 [N], flip bool [N] (mirror this image at random); of tasks that translate
            also a uint8, [N, C, S, S] where they are paired, else [M, C, S, S] with flip_a bool [M].
        batch: number of real images in a step.
        seed: words that name the job; every step is seeded with them and its number, so a resumed run draws the same
            random numbers as an uninterrupted one.
        snapshots: steps after which to save ``method.snapshot()``; none with numbers that are not finite is saved.
        resume: where the state of the half-trained task is saved.

    Returns:
        The status, ``{"state": "ok" | "diverged", "step": ..., "reason": ...}``.
    """
    every = max(1, steps // LINES)
    sampler = EpochSampler(len(data["x"]), batch, seed)
    given = EpochSampler(len(data["a"]), batch, (*seed, "given")) if "flip_a" in data else None
    first = 0
    if saved := resume.load():
        method.resume(saved["progress"])
        first = saved["step"]
        print(f"going on after step {first}", file=sys.stderr, flush=True)

    started = then = time.monotonic()
    last = first
    for step in range(first, steps):
        torch.manual_seed(derive_seed(*seed, "step", step))
        drawn = draw(data, sampler.indices(step), method.device, method.size, given and given.indices(step))
        losses = method.step(drawn)
        done = step + 1
        reported, kept = done % every == 0 or done == steps, done in snapshots
        row = {"step": done, **{name: value.item() for name, value in losses.items()}} if reported or kept else {}
        if reported:
            append(resume.losses_path, row)
            now = time.monotonic()  # reading the losses waited for the device: all steps so far are done
            append(resume.timing_path, {"step": done, "seconds": (now - then) / (done - last)})
            then, last = now, done
            print(
                progress_line(row, steps, batch, done - first, time.monotonic() - started), file=sys.stderr, flush=True
            )
        if not all(math.isfinite(value) for value in row.values()):
            return {"state": "diverged", "step": done, "reason": f"a loss is not finite at step {done}"}
        if kept:
            snapshot = method.snapshot()
            if not finite(snapshot):
                return {"state": "diverged", "step": done, "reason": f"the model is not finite at step {done}"}
            save(resume.snapshot_path(done), snapshot)
        if resume.due() and done < steps:
            resume.save(done, method.progress())
    return {"state": "ok", "step": steps, "reason": ""}


def draw(
    data: dict[str, Tensor], indices: Tensor, device: torch.device, size: int | None = None, given: Tensor | None = None
) -> dict[str, Tensor]:
    """Collect a batch on the device, with random mirroring of images whose ``flip`` is set.

    Args:
        data: as of :func:`train`.
        indices: int64 [B] of the targets, and of given images that are paired with them.
        size: side of the squares that are cut out at random of larger images; None: take them as they are.
        given: int64 [B] of given images that are not paired, which are cut and mirrored on their own.

    Returns:
        x uint8 [B, C, size, size], y int64 [B], and of tasks that translate a like x.
    """
    names = ("x", "a") if "a" in data and given is None else ("x",)
    rows = {name: data[name][indices.to(data[name].device)].to(device) for name in (*names, "y", "flip")}
    seen = varied([rows[name] for name in names], rows["flip"], size)
    batch = {**dict(zip(names, seen, strict=True)), "y": rows["y"]}
    if given is not None:
        a, flip = (data[name][given.to(data[name].device)].to(device) for name in ("a", "flip_a"))
        (batch["a"],) = varied([a], flip, size)
    return batch


def varied(images: list[Tensor], flip: Tensor, size: int | None) -> list[Tensor]:
    """Mirror and cut out images at random, row by row the same in every tensor.

    Args:
        images: uint8 [B, C, L, L] each.
        flip: bool [B], whether the image may be mirrored.
        size: as of :func:`draw`.
    """
    if flip.any():
        flip = flip & (torch.rand(len(flip), device=flip.device) < 0.5)
        images = [torch.where(flip[:, None, None, None], x.flip(3), x) for x in images]
    if size is None or images[0].shape[-1] == size:
        return images
    return [x.contiguous() for x in random_crop(images, size)]


def progress_line(row: dict[str, float], steps: int, batch: int, done: int, seconds: float) -> str:
    """``step 450/900  loss_g 0.71 ...  1023 images/s  0:12 left``"""
    rate = done / max(seconds, 1e-9)
    left = round((steps - row["step"]) / rate)
    losses = "  ".join(f"{name} {value:.3g}" for name, value in row.items() if name != "step")
    return f"step {row['step']}/{steps}  {losses}  {rate * batch:.0f} images/s  {left // 60}:{left % 60:02d} left"


def collapse(images: Tensor) -> str:
    """Describe why uint8 samples [B, C, S, S] of different z are collapsed; ``""`` if they are not.

    [GAP] Collapsed means that the pixels' standard deviation over the batch, averaged over the image, is under one
    grey level.
    """
    spread = images.float().std(0).mean().item()
    return "" if spread >= 1 else f"{len(images)} samples differ by {spread:.2g} grey levels only"
