"""Files that do harm or make no sense, by the names that ``bad_files.yaml`` calls them."""

import gzip
import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.io import savemat

MARK = "harm-done"  # what a pickle that is run leaves in the working directory


class Harmful:
    """An object whose pickle makes a folder when it is opened."""

    def __reduce__(self) -> tuple:
        return os.mkdir, (MARK,)


# ---- pictures --------------------------------------------------------------------------------------------------------


def png(width: int = 8, height: int = 8, mode: str = "L", kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, kind, **options)
    return buffer.getvalue()


def declared(width: int, height: int) -> bytes:
    """A PNG whose header declares a size that its data do not have."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return png()[:12] + header + struct.pack(">I", zlib.crc32(header)) + png()[33:]


PICTURES = {
    "empty": lambda: b"",
    "text": lambda: b"<html>404 not found</html>",
    "script": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(harm) run\n",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>',
    "pickle": lambda: pickle.dumps(Harmful()),
    "half": lambda: png(64, 64, "RGB", "JPEG")[:300],
    "no data": lambda: png()[:40],
    "wrong checksum": lambda: png()[:30] + b"\0\0\0" + png()[33:],
    "bomb": lambda: declared(60_000, 60_000),
    "zlib bomb": lambda: declared(2_000_000_000, 1),
    "no pixels": lambda: declared(0, 8),
    "a line": lambda: png(65_535, 1),
    "text bomb": lambda: _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 27))),
    "animated": lambda: png(mode="P", kind="GIF", save_all=True, append_images=[Image.new("P", (8, 8), 3)]),
    "cmyk": lambda: png(mode="CMYK", kind="JPEG"),
    "palette": lambda: png(mode="P", transparency=0),
    "deep grey": lambda: png(mode="I;16"),
    "words for offsets": lambda: png(kind="TIFF").replace(struct.pack("<HH", 273, 4), struct.pack("<HH", 273, 2)),
    "floats": lambda: png(mode="F", kind="TIFF"),
    "one bit": lambda: png(mode="1"),
    "transparent": lambda: png(mode="LA"),
}


def _chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG with one more chunk."""
    data = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return png()[:33] + data + png()[33:]


GOOD = {f"{label}/{index:02}.png": png for label in ("bar", "cross") for index in range(12)}


def folder(path: Path, picture: str = "", name: str = "bar/bad.png", link: str = "", pipe: bool = False) -> None:
    for good, content in GOOD.items():
        (path / good).parent.mkdir(parents=True, exist_ok=True)
        (path / good).write_bytes(content())
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    if pipe:
        os.mkfifo(path / name)
    elif link:
        (path / name).symlink_to(link)
    elif picture:
        (path / name).write_bytes(PICTURES[picture]())


# ---- pairs -----------------------------------------------------------------------------------------------------------


def pairs(path: Path, width: int = 16) -> None:
    """Twelve pairs of 8 x 8 side by side, and a picture of another width."""
    path.mkdir()
    for index in range(12):
        (path / f"{index:02}.png").write_bytes(png(16, 8))
    (path / "bad.png").write_bytes(png(width, 8))


def sides(path: Path, given: int = 12, side: int = 8) -> None:
    """Twelve targets, the first of which has another side, and given images of their names."""
    for folder, count in (("sketch", given), ("photo", 12)):
        (path / folder).mkdir(parents=True)
        for index in range(count):
            size = side if folder == "photo" and index == 0 else 8
            (path / folder / f"{index:02}.png").write_bytes(png(size, size))


# ---- archives --------------------------------------------------------------------------------------------------------

TYPES = {
    "symlink": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "device": tarfile.CHRTYPE,
    "pipe": tarfile.FIFOTYPE,
}


def header(kind: bytes, content: bytes = b"", size: int | None = None) -> bytes:
    """A tar header that may lie of its size, and its blocks."""
    member = tarfile.TarInfo("bar/bad.png")
    member.type, member.size = kind, len(content) if size is None else size
    return member.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % tarfile.BLOCKSIZE)


HEADERS = {
    "long attributes": lambda: header(tarfile.XHDTYPE, size=400_000_000),
    "long name": lambda: header(tarfile.GNUTYPE_LONGNAME, size=400_000_000),
    "long attributes of all": lambda: (
        2 * (header(tarfile.XGLTYPE, b"600000 a=" + b"b" * 599_990 + b"\n") + header(tarfile.REGTYPE))
    ),
    "attributes of attributes": lambda: 2000 * header(tarfile.XHDTYPE, b"7 a=bc\n"),
    "attributes of words": lambda: header(tarfile.XHDTYPE, b"23 GNU.sparse.map=a,b\n") + header(tarfile.REGTYPE),
    "less than nothing": lambda: header(tarfile.XHDTYPE, b"14 size=-1536\n") + header(tarfile.REGTYPE),
    "holes": lambda: header(tarfile.GNUTYPE_SPARSE),
    "holes in attributes": lambda: (
        header(tarfile.XHDTYPE, b"22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n") + header(tarfile.REGTYPE, b"0\n")
    ),
}


def tar(
    path: Path,
    name: str = "bar/bad.png",
    kind: str = "",
    size: int = 0,
    picture: str = "",
    cut: int = 0,
    mode: str = "w",
) -> None:
    """24 good pictures and one member that is not."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for good, make in GOOD.items():
            _add(archive, good, make())
        if kind in HEADERS:
            archive.fileobj.write(HEADERS[kind]())
        elif kind:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = TYPES[kind], "/etc/passwd"
            archive.addfile(member)
        else:
            _add(archive, name, PICTURES[picture]() if picture else png(), size)
    path.write_bytes(buffer.getvalue()[: cut or None])


def _add(archive: tarfile.TarFile, name: str, content: bytes, size: int = 0) -> None:
    member = tarfile.TarInfo(name)
    member.size = size or len(content)
    if size:
        archive.fileobj.write(member.tobuf())  # a header that promises more than follows
    else:
        archive.addfile(member, io.BytesIO(content))


def zipped(
    path: Path,
    name: str = "bar/bad.png",
    kind: str = "",
    bomb: int = 0,
    picture: str = "",
    spoil: bool = False,
    method: int = zipfile.ZIP_DEFLATED,
) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for good, make in GOOD.items():
            archive.writestr(good, make())
        member = zipfile.ZipInfo(name)
        member.compress_type = method
        member.external_attr = {"symlink": 0o120777, "device": 0o020666}.get(kind, 0o100644) << 16
        if bomb:
            with archive.open(member, "w", force_zip64=True) as file:
                for _ in range(bomb >> 20):
                    file.write(bytes(1 << 20))
        else:
            archive.writestr(member, PICTURES[picture]() if picture else png())
    content = path.read_bytes()
    if kind == "encrypted":  # the flag alone, in the central directory
        place = content.rindex(b"PK\1\2") + 8
        content = content[:place] + b"\1" + content[place + 1 :]
    if spoil:
        content = content[:40] + b"\xff\xff" + content[42:]
    path.write_bytes(content)


def raw(path: Path, kind: str) -> None:
    contents = {
        "empty": lambda: b"",
        "text": lambda: b"<html>404 not found</html>\n" * 40,
        "noise": lambda: np.random.default_rng(0).bytes(5000),
        "pickle": lambda: pickle.dumps({"data": Harmful()}),
        "npz": lambda: _npz(),
        "gzip of nothing": lambda: gzip.compress(b""),
    }
    path.write_bytes(contents[kind]())


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, x=np.zeros((4, 8, 8), np.uint8))
    return buffer.getvalue()


# ---- published formats -----------------------------------------------------------------------------------------------


def idx(
    path: Path, magic: list[int] | None = None, shape: list[int] | None = None, n: int = 40, axes: int = 3,
    more: int = 0, cut: int = 0,
) -> None:  # fmt: skip
    """One gzipped IDX file of ``n`` images of 8 x 8, or ``n`` labels, with a header that may lie."""
    true = [n, 8, 8][:axes]
    header = bytes(magic or [0, 0, 8, axes]) + struct.pack(f">{axes}I", *(shape or true))
    body = bytes(i % 2 for i in range(n)) if axes == 1 else bytes(n * 64)
    with gzip.open(path, "wb", 1) as file:
        file.write(header + body)
        for _ in range(more >> 20):
            file.write(bytes(1 << 20))
    if cut:
        path.write_bytes(path.read_bytes()[:cut])


def mat(path: Path, **arrays: Any) -> None:
    """A MATLAB file; ``[dtype, shape]`` becomes zeros, anything else a cell."""
    values = {
        name: np.zeros(value[1], value[0]) if isinstance(value, list) else np.array([value], object)
        for name, value in arrays.items()
    }
    savemat(path, values, do_compression=True)


def cifar(path: Path, batches: dict[str, int], label: int = 0) -> None:
    """``batches``: member -> bytes; zeros, but for the first label."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, size in batches.items():
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, io.BytesIO(bytes([label]) + bytes(max(size - 1, 0))))


# ---- files of ours ---------------------------------------------------------------------------------------------------


def damage(path: Path, how: str, key: str = "", other: str = "") -> None:
    """Put something else in the place of a file of tensors, or of JSON or CSV."""
    whole = path.read_bytes()
    content = torch.load(path, weights_only=True) if path.suffix == ".pt" else {}
    path.unlink()  # it may be linked to
    if how == "empty":
        path.write_bytes(b"")
    elif how == "half":
        path.write_bytes(whole[: len(whole) // 2])
    elif how == "text":
        path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    elif how == "not UTF-8":
        path.write_bytes(b"\xff\xfe\x00a")
    elif how == "pickle":
        path.write_bytes(pickle.dumps(Harmful()))
    elif how == "harmful object":
        torch.save({**content, key or "more": Harmful()}, path)
    elif how == "old torch format":
        torch.save({**content, key or "more": Harmful()}, path, _use_new_zipfile_serialization=False)
    elif how == "whole module":
        torch.save(torch.nn.Linear(2, 2), path)
    elif how == "list":
        torch.save([1, 2], path)
    elif how == "JSON":
        path.write_text(json.dumps({"spec": content["spec"]}))
    elif how == "safetensors":
        header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
        path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
    elif how == "npz":
        path.write_bytes(_npz())
    elif how == "compressed":
        with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for record in old.infolist():
                new.writestr(record.filename, old.read(record) if "data/" not in record.filename else bytes(1 << 28))
    elif how == "without":
        del content[key]
        torch.save(content, path)
    elif how == "NaN":
        torch.save(not_finite(content, key), path)
    elif how == "another spec":
        path.write_bytes(whole)
        for record in records(path):
            made = {**json.loads(record.read_text()), "hash": "0123456789abcdef"}
            record.unlink()
            record.write_text(json.dumps(made))
    elif how == "renamed column":
        path.write_text(whole.decode().replace(key, key.upper(), 1))
    else:
        raise ValueError(how)


def records(path: Path) -> list[Path]:
    """The files that say which job made a file."""
    found = path.parent.glob("*.lineage.json")
    return [record for record in found if path.name in json.loads(record.read_text())["outputs"]]


def not_finite(content: dict[str, Any], key: str) -> dict[str, Any]:
    """The content with NaN for the first number of every tensor below ``key``."""

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: spoil(inner) for name, inner in value.items()}
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            value[(0,) * value.dim()] = float("nan")
        return value

    return {**content, key: spoil(content[key])}
