"""LSUN: a zip with an LMDB of WebP pictures for each class and split. Roles: ``CLASS_train`` and ``CLASS_val``.

Each zip holds ``.../data.mdb`` (Yu et al., 2015; https://github.com/fyu/lsun). A database is read by mapping it into
memory, so it is first unpacked into an unnamed temporary file in the folder of the zip, which is gone when the process
ends. This needs as much disk space as the largest zip. Images are decoded one by one, in the order of their keys, which
are hashes: the first N are a fixed sample of a class.
"""

import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import Any

import lmdb
import numpy as np

from mneme.data.corrupt import corrupt, reading
from mneme.data.decode import decode
from mneme.data.splits import Splits, require_enough
from mneme.errors import UserError
from mneme.files import writing

ROLES = ()  # they follow from the classes
SPLITS = ("train", "val")


def read(files: dict[str, Path], options: Mapping[str, Any]) -> Splits:
    """Decode the images of all classes, cropped or padded as ``options["fit"]`` says, to its ``load_size`` or ``size``.

    Args:
        files: role -> zip.
        options: the prepare job's spec: ``classes`` name the roles, ``max_images``, if given, limits the training
            images of a class; the validation images, 300 per class, are the test set.

    Raises:
        UserError: no classes are named, a role is missing, a zip or database is corrupt, or a class is too small.
    """
    classes = options["classes"]
    if not classes:
        raise UserError(f"dataset {options['dataset']}: format lsun needs the names of its classes; add 'classes:'")
    for role in (f"{name}_{split}" for name in classes for split in SPLITS):
        if role not in files:
            raise UserError(
                f"dataset {options['dataset']}: format lsun needs a file with the role {role}; add it under files: in "
                "config/datasets.yaml"
            )
    x, y = {}, {}
    for split, most in zip(SPLITS, (options.get("max_images"), None), strict=True):
        x[split], y[split] = _split([files[f"{name}_{split}"] for name in classes], options, most)
    require_enough(y["train"], classes, options["dataset"], options["min_images"])
    return Splits(x["train"], y["train"], x["val"], y["val"], tuple(classes))


def _split(paths: list[Path], options: Mapping[str, Any], most: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The first ``most`` images of each zip: uint8 [N, C, S, S], and the index of the zip [N]."""
    size = options.get("load_size") or options["size"]
    x, counts = np.empty((0, 1 if options["channels"] == 1 else 3, size, size), np.uint8), []
    for path in paths:
        with _database(path) as database:
            found = database.stat()["entries"]
            counts.append(found if most is None else min(most, found))
            start = len(x)
            x.resize((start + counts[-1], *x.shape[1:]), refcheck=False)  # in place: two copies would be 10 GB
            with database.begin(buffers=True) as transaction:
                for row, (key, content) in enumerate(islice(transaction.cursor(), counts[-1]), start):
                    name = f"{path}: '{bytes(key).decode(errors='replace')}'"
                    x[row], _ = decode(bytes(content), name, size, options["fit"], options["channels"])
    return x, np.repeat(np.arange(len(paths)), counts)


@contextmanager
def _database(path: Path) -> Iterator[lmdb.Environment]:
    folder = path.parent
    with writing(folder), TemporaryFile(dir=folder) as file, reading(path), zipfile.ZipFile(path) as archive:
        inside = [one for one in archive.infolist() if PurePosixPath(one.filename).name == "data.mdb"]
        if len(inside) != 1:
            raise corrupt(path, f"{len(inside)} files called data.mdb")
        with archive.open(inside[0]) as packed:
            shutil.copyfileobj(packed, file, 1 << 24)
        file.flush()
        try:
            opened = f"/dev/fd/{file.fileno()}"
            with lmdb.open(opened, subdir=False, readonly=True, lock=False, readahead=False) as database:
                yield database
        except lmdb.MemoryError as error:
            raise MemoryError(str(error)) from error
        except lmdb.Error as error:
            raise corrupt(path, error) from error
