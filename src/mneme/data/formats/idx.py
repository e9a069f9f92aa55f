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

from mneme.data.corrupt import corrupt, reading
from mneme.data.splits import Splits

ROLES = ("train_images", "train_labels", "test_images", "test_labels")
UNSIGNED_BYTE = 0x08
LARGEST = 1 << 32  # bytes; five times the largest set in this format


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Read four IDX files; the arrays are views of the decompressed bytes, images [N, 1, H, W].

    Raises:
        UserError: a file is missing, truncated, corrupt or not IDX, or there are not as many labels as images.
    """
    arrays = []
    for split in ("train", "test"):
        images = array(files[f"{split}_images"], axes=3)
        labels = array(files[f"{split}_labels"], axes=1)
        if len(images) != len(labels):
            raise corrupt(files[f"{split}_labels"], f"{len(labels)} labels for {len(images)} images")
        arrays += [images[:, None], labels]
    return Splits(*arrays)


def array(path: Path, axes: int) -> np.ndarray:
    """One IDX file of unsigned bytes as a read-only array.

    Raises:
        UserError: as :func:`read`.
    """
    start = 4 + 4 * axes
    with reading(path), gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        header = file.read(start)
        if header[:4] != bytes([0, 0, UNSIGNED_BYTE, axes]) or len(header) < start:
            raise corrupt(path, f"not an IDX file of bytes with {axes} axes")
        shape = struct.unpack(f">{axes}I", header[4:])
        promised = math.prod(shape)
        if promised > LARGEST:
            raise corrupt(path, f"its header promises {promised} bytes of data, more than {LARGEST}")
        content = file.read(promised + 1)  # and no more, for gzip shrinks a thousandfold
    if len(content) != promised:
        held = f"only {len(content)}" if len(content) < promised else "more"
        raise corrupt(path, f"its header promises {promised} bytes of data, it holds {held}")
    return np.frombuffer(content, np.uint8).reshape(shape)
