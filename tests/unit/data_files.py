"""Small files in the true formats, for the tests of the data section."""

import gzip
import io
import struct
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import lmdb
import numpy as np
from PIL import Image
from scipy.io import savemat

CLASSES = ("ape", "bee")


def pixels(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def spec(**options: Any) -> dict[str, Any]:
    """A prepare job's spec."""
    plain = {
        "job": "prepare",
        "dataset": "animals",
        "format": "image_folder",
        "size": 8,
        "channels": None,
        "fit": "crop",
    }
    return {**plain, "min_images": 2, "test_fraction": 0.2, "classes": None, "source": {"sha256": "0"}, **options}


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(
    folder: Path, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> dict[str, Path]:
    files = {}
    for split, (images, labels) in (("train", train), ("test", test)):
        for kind, array in (("images", images), ("labels", labels)):
            path = files[f"{split}_{kind}"] = folder / f"{split}-{kind}.gz"
            path.write_bytes(gzip.compress(idx_bytes(array)))
    return files


def write_svhn(path: Path, images: np.ndarray, digits: np.ndarray) -> Path:
    """``images`` are [N, 3, 32, 32]; the file writes 10 for the digit 0."""
    labels = np.where(digits == 0, 10, digits).astype(np.uint8)[:, None]
    savemat(path, {"X": images.transpose(2, 3, 1, 0), "y": labels}, do_compression=True)
    return path


def write_tar(path: Path, files: dict[str, bytes], *extra: tarfile.TarInfo, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in extra:
            archive.addfile(member)
    return path


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def write_lsun(path: Path, pictures: dict[bytes, np.ndarray]) -> Path:
    """A zip with an LMDB of WebP files, uint8 [H, W, 3] by key, as LSUN's exporter leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        with lmdb.open(folder, map_size=1 << 24) as database, database.begin(write=True) as transaction:
            for key, array in pictures.items():
                transaction.put(key, picture(array, "WEBP", lossless=True))
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("data.mdb", "lock.mdb"):
                archive.write(Path(folder) / name, f"{path.stem}/{name}")
    return path


def write_cifar(path: Path, batches: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    """``batches`` maps a member's name to labels [N] and images [N, 3, 32, 32]."""
    records = {
        name: np.concatenate([labels[:, None], images.reshape(len(images), -1)], axis=1).tobytes()
        for name, (labels, images) in batches.items()
    }
    return write_tar(path, {"cifar-10-batches-bin/batches.meta.txt": b"airplane\n", **records}, mode="w:gz")


def picture(array: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    """A picture file of uint8 [H, W] or [H, W, 3]."""
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def coloured(n: int, size: int = 8, seed: int = 0) -> list[bytes]:
    """PNG files of random colours."""
    return [picture(x) for x in pixels(n, size, size, 3, seed=seed)]


def by_class(n: int = 5, size: int = 8, prefix: str = "") -> dict[str, bytes]:
    """``n`` pictures of each of two classes, by relative name."""
    return {
        f"{prefix}{name}/{i:02}.png": content
        for seed, name in enumerate(CLASSES)
        for i, content in enumerate(coloured(n, size, seed))
    }
