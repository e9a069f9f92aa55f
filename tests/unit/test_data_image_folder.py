"""Folders and archives of pictures: every layout, every container, and what is refused."""

import io
import struct
import tarfile
import tracemalloc
import zipfile

import numpy as np
import pytest
from data_files import by_class, coloured, picture, pixels, spec, write_folder, write_tar, write_zip
from PIL import Image

from mneme.data.formats.image_folder import read
from mneme.data.image_files import list_images, read_images
from mneme.errors import UserError

CONTAINERS = {
    "folder": lambda root, files: write_folder(root / "set", files),
    "tar": lambda root, files: write_tar(root / "set.tar", files),
    "tar.gz": lambda root, files: write_tar(root / "set.tar.gz", files, mode="w:gz"),
    "tar.xz": lambda root, files: write_tar(root / "set.tar.xz", files, mode="w:xz"),
    "zip": lambda root, files: write_zip(root / "set.zip", files),
}


def refusal(source, **options) -> str:
    with pytest.raises(UserError) as error:
        read(source, spec(**options))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("prefix", ["", "top/", "./"])
def test_every_container_reads_alike(tmp_path, container, prefix):
    files = by_class(5, prefix=prefix)
    shuffled = dict(sorted(files.items(), key=lambda item: item[1]))
    splits = read(CONTAINERS[container](tmp_path, shuffled), spec())
    assert splits.classes == ("ape", "bee")
    assert splits.y_train.tolist() == [0] * 4 + [1] * 4
    assert splits.y_test.tolist() == [0, 1]
    for label in (0, 1):
        written = pixels(5, 8, 8, 3, seed=label).transpose(0, 3, 1, 2)
        assert np.array_equal(splits.x_train[splits.y_train == label], written[:4])  # the fifth is held out
        assert np.array_equal(splits.x_test[splits.y_test == label], written[4:])


@pytest.mark.parametrize("prefix", ["", "top/"])
def test_published_splits_are_kept(tmp_path, prefix):
    source = write_tar(
        tmp_path / "set.tar", by_class(3, prefix=f"{prefix}train/") | by_class(1, prefix=f"{prefix}test/")
    )
    splits = read(source, spec())
    assert splits.y_train.tolist() == [0, 0, 0, 1, 1, 1]
    assert splits.y_test.tolist() == [0, 1]


def test_train_without_test_holds_out(tmp_path):
    splits = read(write_folder(tmp_path, by_class(5, prefix="train/")), spec())
    assert len(splits.y_train) == 8
    assert len(splits.y_test) == 2


def test_flat_pictures_are_one_class_named_by_the_dataset(tmp_path):
    files = {f"{i}.png": content for i, content in enumerate(coloured(5))}
    assert read(write_folder(tmp_path / "a", files), spec()).classes == ("animals",)
    assert read(write_folder(tmp_path / "a", files), spec(classes=["zoo"])).classes == ("zoo",)
    split = {f"{name}/{file}": content for name in ("train", "test") for file, content in files.items()}
    splits = read(write_folder(tmp_path / "b", split), spec())
    assert (splits.classes, len(splits.y_test)) == (("animals",), 5)


def test_the_spec_orders_the_classes(tmp_path):
    source = write_folder(tmp_path, by_class(5))
    splits = read(source, spec(classes=["bee", "ape"]))
    assert splits.classes == ("bee", "ape")
    assert splits.y_train.tolist() == [1] * 4 + [0] * 4
    said = refusal(source, classes=["ape", "cat"])
    assert "class folders are ape, bee, but classes: of dataset animals says ape, cat" in said


def test_grey_only_if_all_are_grey(tmp_path):
    grey = {f"{i}.png": picture(x) for i, x in enumerate(pixels(5, 8, 8))}
    source = write_folder(tmp_path, grey)
    assert read(source, spec()).x_train.shape == (4, 1, 8, 8)
    assert np.array_equal(read(source, spec()).x_train[:, 0], pixels(5, 8, 8)[:4])
    assert read(source, spec(channels=3)).x_train.shape == (4, 3, 8, 8)
    (tmp_path / "5.png").write_bytes(coloured(1)[0])
    assert read(source, spec()).x_train.shape == (5, 3, 8, 8)
    assert read(source, spec(channels=1)).x_train.shape == (5, 1, 8, 8)


def test_pictures_of_all_shapes_come_to_one_size(tmp_path):
    shapes = [(8, 8), (30, 12), (12, 30), (5, 5), (64, 64)]
    files = {f"{i}.png": picture(pixels(*shape, 3)) for i, shape in enumerate(shapes)}
    source = write_folder(tmp_path, files)
    for how in ("crop", "pad", "squash"):
        assert read(source, spec(fit=how, size=16)).x_train.shape == (4, 3, 16, 16)


def test_deep_and_turned_pictures(tmp_path):
    deep = Image.fromarray(np.full((8, 8), 40_000, np.uint16))
    turned = pixels(8, 8, 3)
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    buffer = io.BytesIO()
    deep.save(buffer, "PNG")
    files = {"0.png": buffer.getvalue(), "1.png": picture(turned, exif=exif)}
    splits = read(write_folder(tmp_path, files), spec(test_fraction=0))
    assert (splits.x_train[0] == 40_000 >> 8).all()
    assert np.array_equal(splits.x_train[1], turned[::-1, ::-1].transpose(2, 0, 1))


def test_what_lies_beside_pictures_is_passed_over(tmp_path):
    beside = ["README.md", "LICENSE", "labels.csv", ".DS_Store", "ape/Thumbs.db", "ape/._00.png", "__MACOSX/ape/00.png"]
    source = write_zip(tmp_path / "set.zip", by_class(5, prefix="") | dict.fromkeys(beside, b"text"))
    assert len(read(source, spec()).y_train) == 8


def test_links_in_a_users_own_folder_are_followed(tmp_path):
    write_folder(tmp_path / "elsewhere", by_class(5))
    (tmp_path / "set").mkdir()
    for name in ("ape", "bee"):
        (tmp_path / "set" / name).symlink_to(tmp_path / "elsewhere" / name)
    (tmp_path / "set" / "ape" / "loop").symlink_to(tmp_path / "set")  # ends, and adds nothing
    assert len(read(tmp_path / "set", spec()).y_train) == 8
    (tmp_path / "set" / "bee" / "gone.png").symlink_to(tmp_path / "nowhere")
    assert "gone.png: cannot be read" in refusal(tmp_path / "set")


def test_a_folder_under_two_names_is_read_under_both(tmp_path):
    source = write_folder(tmp_path, by_class(5, prefix="train/"))
    (source / "test").symlink_to("train")
    (source / "test" / "ape" / "loop").symlink_to(source)
    splits = read(source, spec())
    assert splits.y_train.tolist() == splits.y_test.tolist() == [0] * 5 + [1] * 5


def member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "info",
    [
        member("ape/link.png", tarfile.SYMTYPE, "/etc/passwd"),
        member("ape/hard.png", tarfile.LNKTYPE, "ape/00.png"),
        member("ape/device.png", tarfile.CHRTYPE),
        member("ape/pipe.png", tarfile.FIFOTYPE),
        member("ape", tarfile.SYMTYPE, "/etc"),
        member("../outside.png", tarfile.REGTYPE),
        member("ape/../../outside.png", tarfile.REGTYPE),
        member("/root/absolute.png", tarfile.REGTYPE),
    ],
    ids=lambda info: info.name,
)
def test_unsafe_tar_members_are_refused_by_name(tmp_path, info):
    said = refusal(write_tar(tmp_path / "set.tar", by_class(5), info))
    assert "set.tar" in said
    assert f"'{info.name}'" in said
    assert "refused" in said


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_attributes_are_read_and_not_kept(tmp_path, form):
    """``tarfile`` keeps every header that it has read, and gzip shrinks equal ones a thousandfold."""
    names = [f"{i:0200}.png" for i in range(20)]
    with tarfile.open(tmp_path / "set.tar.gz", "w:gz", format=form, compresslevel=1) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = 1, {"comment": "a" * 1_000_000}
            archive.addfile(info, io.BytesIO(b"a"))
    tracemalloc.start()
    found, (_, peak) = list_images(tmp_path / "set.tar.gz"), tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == names and peak < 8_000_000


def test_unsafe_zip_members_are_refused_by_name(tmp_path):
    for name in ("../out.png", "/abs.png", "..\\out.png"):
        assert "points outside the archive" in refusal(write_zip(tmp_path / "set.zip", {name: b"x"}))
    link = zipfile.ZipInfo("ape/link.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "'ape/link.png' is a link" in refusal(tmp_path / "link.zip")


def test_a_zip_that_lies_about_a_size_takes_no_more_memory_than_it_says(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"ape/00.png": bytes(1 << 26)})
    lie = path.read_bytes().replace(struct.pack("<L", 1 << 26), struct.pack("<L", 1000))
    path.write_bytes(lie)
    tracemalloc.start()
    with pytest.raises(UserError, match=r"set\.zip: truncated or corrupt \(Bad CRC-32"):
        list(read_images(path, ["ape/00.png"]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_an_encrypted_zip_is_refused(tmp_path):
    path = write_zip(tmp_path / "set.zip", {"a.png": coloured(1)[0]})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the flag in the directory
    path.write_bytes(content)
    assert "'a.png' is encrypted" in refusal(path)


@pytest.mark.parametrize("container", ["tar", "tar.gz", "tar.xz", "zip"])
@pytest.mark.parametrize("keep", [0, 10, 0.3, 0.6])
def test_a_truncated_archive_is_named(tmp_path, container, keep):
    path = CONTAINERS[container](tmp_path, by_class(30))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    said = refusal(path)
    assert f"{path.name}: truncated or corrupt" in said
    assert "delete it and run again" in said


def test_a_damaged_tar_header_does_not_end_the_archive_quietly(tmp_path):
    path = write_tar(tmp_path / "set.tar", by_class(30))
    whole = path.read_bytes()
    header = whole.index(b"bee/07.png")
    path.write_bytes(whole[:header] + b"?" + whole[header + 1 :])
    assert f"no tar header at byte {header}" in refusal(path)


def test_damage_inside_a_zip_is_noticed(tmp_path):
    path = write_zip(tmp_path / "set.zip", by_class(5))
    whole = bytearray(path.read_bytes())
    whole[100] ^= 255
    path.write_bytes(whole)
    assert "set.zip: truncated or corrupt" in refusal(path)


BAD_PICTURES = {
    "text": b"this is no picture",
    "half": coloured(1, 64)[0][:2000],
    "half a jpeg": picture(pixels(64, 64, 3), "JPEG")[:1500],
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "wrong sum": coloured(1)[0][:60] + b"\0\0\0" + coloured(1)[0][63:],
}


@pytest.mark.parametrize("what", BAD_PICTURES)
@pytest.mark.parametrize("container", ["folder", "tar"])
def test_a_bad_picture_is_named(tmp_path, what, container):
    said = refusal(CONTAINERS[container](tmp_path, by_class(5) | {"bee/bad.png": BAD_PICTURES[what]}))
    assert "'bee/bad.png': not a whole picture" in said
    assert "replace or remove it" in said


def test_an_empty_picture_is_named(tmp_path):
    source = write_folder(tmp_path, by_class(5) | {"bee/bad.png": b""})
    assert refusal(source) == f"{source}: 'bee/bad.png': an empty file; replace or remove it"


@pytest.mark.parametrize("side", [10_000, 14_000])
def test_an_image_bomb_is_refused(tmp_path, side):
    """Some kilobytes of hundreds of megabytes: PIL only warns from 89 million pixels and refuses from 179 million."""
    buffer = io.BytesIO()
    Image.new("1", (side, side)).save(buffer, "TIFF", compression="group4")
    assert len(buffer.getvalue()) < 300_000
    source = write_folder(tmp_path, by_class(5) | {"bee/bomb.tif": buffer.getvalue()})
    assert "'bee/bomb.tif': more than" in refusal(source)


def test_too_few_images_is_said_before_any_is_decoded(tmp_path):
    files = by_class(5) | {"cat/0.png": b"never opened"}
    said = refusal(write_folder(tmp_path, files))
    assert "dataset animals, class cat: 1 training images, fewer than min_images: 2" in said


def test_other_layouts_are_refused(tmp_path):
    assert "lies too deep" in refusal(write_folder(tmp_path / "a", {"x/y/ape/0.png": b"1", "x/z/ape/0.png": b"1"}))
    assert "different depths" in refusal(write_folder(tmp_path / "b", {"ape/0.png": b"1", "0.png": b"1"}))
    assert "holds no pictures" in refusal(write_folder(tmp_path / "c", {"notes.txt": b"1"}))
    assert "no such folder or archive" in refusal(tmp_path / "nowhere")
