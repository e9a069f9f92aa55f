"""IDX files, the format of MNIST and its descendants, gzipped or plain.

Four roles: ``train_images``, ``train_labels``, ``test_images``, ``test_labels``. A file is a big-endian
header (two zero bytes, the element type, the number of axes, one 32-bit length per axis), then the elements.
"""

import gzip
import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mneme.data.broken import broken, reading
from mneme.data.splits import Splits

ROLES = ("train_images", "train_labels", "test_images", "test_labels")
UNSIGNED_BYTE = 0x08


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Read four IDX files; the arrays are views of the decompressed bytes, images [N, 1, H, W].

    Raises:
        UserError: a file is missing, truncated, corrupt or not IDX, or images and labels differ in number.
    """
    arrays = []
    for split in ("train", "test"):
        images = array(files[f"{split}_images"], axes=3)
        labels = array(files[f"{split}_labels"], axes=1)
        if len(images) != len(labels):
            raise broken(files[f"{split}_labels"], f"{len(labels)} labels for {len(images)} images")
        arrays += [images[:, None], labels]
    return Splits(*arrays)


def array(path: Path, axes: int) -> np.ndarray:
    """One IDX file of unsigned bytes as a read-only array."""
    with reading(path), gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        content = file.read()
    start = 4 + 4 * axes
    if content[:4] != bytes([0, 0, UNSIGNED_BYTE, axes]) or len(content) < start:
        raise broken(path, f"not an IDX file of bytes with {axes} axes")
    shape = struct.unpack(f">{axes}I", content[4:start])
    if len(content) != start + math.prod(shape):
        raise broken(path, f"its header promises {math.prod(shape)} bytes of data, it holds {len(content) - start}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
