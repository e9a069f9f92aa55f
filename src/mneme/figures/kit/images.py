"""Images out of tensor files, and side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mneme import files
from mneme.errors import UserError


def of(paths: Mapping[Any, str | Path], index: int) -> str | Path:
    """The path of a task or checkpoint; its key is a text where the parameters of a notebook came as JSON."""
    return next(path for key, path in paths.items() if int(key) == index)


def reference(path: str | Path) -> np.ndarray:
    """Real images of a task out of its ``real/task<i>/classifier.pt``: uint8 [N, C, S, S]."""
    return _array(files.load(Path(path)), "images", path)


def asked(path: str | Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Given images of the test split out of the same file, uint8 [N, C, S, S], and their targets, None without.

    Raises:
        UserError: the task does not translate.
    """
    loaded = files.load(Path(path))
    return _array(loaded, "given", path), loaded["targets"].numpy() if "targets" in loaded else None


def samples(path: str | Path) -> tuple[dict[int, np.ndarray], str]:
    """Generated images by task index out of a ``samples.pt``, uint8 [N, C, S, S], and the spec they came from."""
    loaded = files.load(Path(path))
    return {int(key): _array(loaded, key, path) for key in loaded if key.isdigit()}, str(loaded.get("spec", ""))


def _array(loaded: Mapping[str, Any], key: str, path: str | Path) -> np.ndarray:
    if key not in loaded:
        raise UserError(f"{path}: holds no '{key}'; delete it and run snakemake again")
    return loaded[key].numpy()


def mosaic(images: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The first rows x columns images side by side, white lines between them; missing ones stay white.

    Args:
        images: uint8 [N, C, S, S] with C = 1 or 3.

    Returns:
        uint8 [H, W, 3]. Small images are enlarged without smoothing, so that pixels stay pixels in print.
    """
    images = np.repeat(images, 3, axis=1) if images.shape[1] == 1 else images
    images = images[: rows * columns].transpose(0, 2, 3, 1)
    size = images.shape[1]
    zoom = max(1, round(64 / size))
    gap = max(1, size * zoom // 24)
    pitch = size * zoom + gap
    canvas = np.full((rows * pitch - gap, columns * pitch - gap, 3), 255, np.uint8)
    for index, image in enumerate(images):
        top, left = index // columns * pitch, index % columns * pitch
        canvas[top : top + size * zoom, left : left + size * zoom] = image.repeat(zoom, 0).repeat(zoom, 1)
    return canvas
