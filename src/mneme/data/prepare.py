"""From a dataset's files, in any format, to uint8 tensors of one size."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mneme import files as store
from mneme.data.derive import derive
from mneme.data.load import to_channels
from mneme.data.resize import resize
from mneme.data.splits import Splits, hold_out, require_enough, require_held_out
from mneme.errors import UserError, near_miss
from mneme.script import Output
from mneme.spec import spec_hash

SPLITS = ("train", "val", "test")
CHUNK = 1024  # images resized at a time: a whole dataset as floats does not fit a laptop's memory


def make(
    spec: dict[str, Any], *, files: dict[str, Path] | None = None, source: Path | None = None, output: Output
) -> None:
    """Bring a dataset's files to uint8 tensors of one size.

    Args:
        files: the file of each role.
        source: a user's own folder, tar or zip of images, in place of ``files``.
    """
    if source and spec["format"] != "image_folder":
        raise UserError(f"--source: format {spec['format']} takes --files ROLE=PATH, not a source")
    torch.set_num_threads(1)
    prepared = prepare(spec, source or files or {})
    store.save(output, prepared)
    for split in (split for split in SPLITS if f"x_{split}" in prepared):
        counts = torch.bincount(prepared[f"y_{split}"], minlength=len(prepared["classes"])).tolist()
        held = ", ".join(f"{name} {count}" for name, count in zip(prepared["classes"], counts, strict=True))
        given = f", given images {list(prepared[f'a_{split}'].shape)}" if f"a_{split}" in prepared else ""
        print(f"{split}: {list(prepared[f'x_{split}'].shape)} ({held}){given}")


def prepare(spec: Mapping[str, Any], files: dict[str, Path] | Path) -> dict[str, Any]:
    """Read a dataset, resize its images, and apply its derivations.

    Args:
        spec: the prepare job's: ``dataset``, ``format``, ``size``, ``channels`` (or null), ``fit``, ``min_images``,
            ``test_fraction``, ``classes`` (or null), and ``files`` or ``source`` with content hashes. May be absent:
            ``derive``, derivations that are applied to all images after resizing; ``given_by``, derivations that make
            the given image of each target; ``load_size``, the side of training images; ``validation_fraction``, the
            share of the training images that becomes a split of its own; and what the format asks for.
        files: the local file of each role, or a folder or archive of images.

    Returns:
        ``{"x_train": uint8 [N, C, S, S], "y_train": int64 [N], "x_test", "y_test", "classes": [names], "spec": hash}``;
        with given images ``a_train`` and ``a_test``, uint8; with a validation split ``x_val`` and so on.

    Raises:
        UserError: missing role, corrupt file, or a class with too few images of a split.
    """
    splits = read(spec, files)
    classes = list(spec["classes"] or splits.classes or map(str, range(int(splits.y_train.max(initial=0)) + 1)))
    parts = divided(splits, spec.get("validation_fraction"))
    for split, part in parts.items():
        require_enough(part["y"], classes, spec["dataset"], spec["min_images"] if split == "train" else 0)
        if split == "train" and "a" in part and len(part["a"]) < spec["min_images"]:
            raise UserError(
                f"dataset {spec['dataset']}: {len(part['a'])} given training images, fewer than min_images: "
                f"{spec['min_images']}; add images, or lower min_images"
            )
        if split != "train":
            require_held_out(part, classes, spec["dataset"], split)
    prepared = {f"y_{split}": torch.from_numpy(part["y"].astype(np.int64)) for split, part in parts.items()}
    prepared |= {"classes": classes, "spec": spec_hash(dict(spec))}
    for split, part in parts.items():
        made = images(part, spec, spec.get("load_size") or spec["size"] if split == "train" else spec["size"])
        for name, x in made.items():
            prepared[f"{name}_{split}"] = to_channels(x, spec["channels"] or x.shape[1], spec["dataset"])
    return prepared


def divided(splits: Splits, validation_fraction: float | None) -> dict[str, dict[str, np.ndarray]]:
    """Split -> its arrays x, y and, where there are given images, a; ``val`` only if a share is asked for."""
    parts = {
        "train": {"x": splits.x_train, "y": splits.y_train, "a": splits.a_train},
        "test": {"x": splits.x_test, "y": splits.y_test, "a": splits.a_test},
    }
    parts = {split: {name: array for name, array in part.items() if array is not None} for split, part in parts.items()}
    if not validation_fraction:
        return parts
    train = parts["train"]
    held_out = dict.fromkeys(train, hold_out(train["y"], validation_fraction))
    if "a" in train and len(train["a"]) != len(train["y"]):
        held_out["a"] = hold_out(np.zeros(len(train["a"]), int), validation_fraction)
    return {
        "train": {name: array[~held_out[name]] for name, array in train.items()},
        "val": {name: array[held_out[name]] for name, array in train.items()},
        "test": parts["test"],
    }


def images(part: Mapping[str, np.ndarray], spec: Mapping[str, Any], size: int) -> dict[str, Tensor]:
    """Targets x and given images a of a split, resized and derived."""
    made = {
        name: derive(resize_all(part[name], size, spec["fit"]), spec.get("derive", []))
        for name in ("x", "a")
        if name in part
    }
    return made | ({"a": derive(made["x"], spec["given_by"])} if spec.get("given_by") else {})


def read(spec: Mapping[str, Any], files: dict[str, Path] | Path) -> Splits:
    """Read files with the module of the spec's format.

    Raises:
        UserError: a file that it needs is missing from ``files``.
    """
    name = spec["format"]
    module = import_module(f"mneme.data.formats.{name}")
    if isinstance(files, dict) and (missing := [role for role in module.ROLES if role not in files]):
        raise UserError(
            f"dataset {spec['dataset']}: format {name} needs a file with the role {missing[0]}"
            f"{near_miss(missing[0], files)}; add it under files: in config/datasets.yaml"
        )
    return module.read(files, spec)


def resize_all(images: np.ndarray, size: int, how: str) -> Tensor:
    """Resize uint8 [N, C, H, W] of any strides to a contiguous uint8 tensor [N, C, size, size], a chunk at a time."""
    if images.shape[2:] == (size, size):
        return torch.from_numpy(np.require(images, requirements=["C", "W"]))
    resized = torch.empty(len(images), images.shape[1], size, size, dtype=torch.uint8)
    for start in range(0, len(images), CHUNK):
        resized[start : start + CHUNK] = resize(torch.tensor(images[start : start + CHUNK]), size, how)
    return resized
