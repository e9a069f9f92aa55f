"""From a dataset's files, in any format, to uint8 tensors of one size."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

import mneme.data.formats
from mneme import files as store
from mneme.data.derive import derive
from mneme.data.load import to_channels
from mneme.data.resize import resize
from mneme.data.splits import Splits, require_enough
from mneme.errors import UserError, near_miss
from mneme.script import Output
from mneme.spec import spec_hash

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
    for split in ("train", "test"):
        counts = torch.bincount(prepared[f"y_{split}"], minlength=len(prepared["classes"])).tolist()
        held = ", ".join(f"{name} {count}" for name, count in zip(prepared["classes"], counts, strict=True))
        print(f"{split}: {list(prepared[f'x_{split}'].shape)} ({held})")


def prepare(spec: Mapping[str, Any], files: dict[str, Path] | Path) -> dict[str, Any]:
    """Read a dataset, resize its images, and apply its derivations.

    Args:
        spec: the prepare job's: ``dataset``, ``format``, ``size``, ``channels`` (or null), ``fit``, ``min_images``,
            ``test_fraction``, ``classes`` (or null), and ``files`` or ``source`` with content hashes; ``derive``, a
            list of derivations that are applied after resizing, may be absent.
        files: the local file of each role, or a folder or archive of images.

    Returns:
        ``{"x_train": uint8 [N, C, S, S], "y_train": int64 [N], "x_test", "y_test", "classes": [names], "spec": hash}``

    Raises:
        UserError: unknown format, missing role, corrupt file, or a class with too few images.
    """
    splits = read(spec, files)
    classes = list(spec["classes"] or splits.classes or map(str, range(int(splits.y_train.max(initial=0)) + 1)))
    for labels, least in ((splits.y_train, spec["min_images"]), (splits.y_test, 0)):
        require_enough(labels, classes, spec["dataset"], least)
    prepared = {
        "y_train": torch.from_numpy(splits.y_train.astype(np.int64)),
        "y_test": torch.from_numpy(splits.y_test.astype(np.int64)),
        "classes": classes,
        "spec": spec_hash(dict(spec)),
    }
    for name, images in (("x_train", splits.x_train), ("x_test", splits.x_test)):
        x = derive(resize_all(images, spec["size"], spec["fit"]), spec.get("derive", []))
        prepared[name] = to_channels(x, spec["channels"] or x.shape[1], spec["dataset"])
    return prepared


def read(spec: Mapping[str, Any], files: dict[str, Path] | Path) -> Splits:
    """Read files with the module of the spec's format.

    Raises:
        UserError: there is no such format, or a file that it needs is missing from ``files``.
    """
    known = [module.name for module in pkgutil.iter_modules(mneme.data.formats.__path__)]
    name = spec["format"]
    if name not in known:
        raise UserError(f"dataset {spec['dataset']}: unknown format '{name}'{near_miss(name, known)}")
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
