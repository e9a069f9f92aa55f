"""CIFAR-10, the binary version: one tar.gz, role ``archive``. No pickles are opened.

The archive holds ``data_batch_1.bin`` to ``data_batch_5.bin`` and ``test_batch.bin``; a record is one label
byte and 3 x 32 x 32 pixel bytes (https://www.cs.toronto.edu/~kriz/cifar.html).
"""

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from mneme.data import tar
from mneme.data.corrupt import corrupt, reading
from mneme.data.splits import Splits

ROLES = ("archive",)
SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32
LARGEST = 100_000 * RECORD  # bytes of a batch, which has 10,000 records


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Read the batches straight from the archive, in the order of their names; images [N, 3, 32, 32].

    Raises:
        UserError: the archive is missing, truncated, corrupt, or lacks a batch.
    """
    path = files["archive"]
    batches: dict[str, np.ndarray] = {}
    with reading(path), tar.opened(path) as archive:
        for member in tar.members(path, archive):
            name = PurePosixPath(member.name).name
            if member.isfile() and re.fullmatch(r"(data_batch_\d+|test_batch)\.bin", name):
                if member.size > LARGEST:
                    raise corrupt(path, f"{name} has {member.size} bytes, more than {LARGEST}")
                batches[name] = _records(path, name, archive.extractfile(member).read())
    test = batches.pop("test_batch.bin", None)
    if test is None or not batches:
        raise corrupt(path, "without data_batch_*.bin and test_batch.bin; is it the binary version?")
    train = [batches[name] for name in sorted(batches)]
    images = np.concatenate([records[:, 1:] for records in train])
    labels = np.concatenate([records[:, 0] for records in train])
    return Splits(images.reshape(-1, *SHAPE), labels, test[:, 1:].reshape(-1, *SHAPE), test[:, 0])


def _records(path: Path, name: str, content: bytes) -> np.ndarray:
    if len(content) % RECORD or not content:
        raise corrupt(path, f"{name} is {len(content)} bytes, no multiple of {RECORD}")
    return np.frombuffer(content, np.uint8).reshape(-1, RECORD)
