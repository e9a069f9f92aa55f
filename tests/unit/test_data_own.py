"""What users' own folders of pictures get wrong: all of it in one sentence, and nothing taken for something else."""

import errno
import io
import os

import numpy as np
import pytest
from data_files import by_class, coloured, picture, pixels, spec, write_folder, write_tar, write_zip
from PIL import Image

from mneme import files
from mneme.data.decode import opened
from mneme.data.fingerprint import fingerprint
from mneme.data.formats.image_folder import read
from mneme.data.image_files import list_images, read_images
from mneme.errors import UserError

PAGE = b"<html>404 not found</html>"
NO_PICTURE = "not a whole picture of a known kind (JPEG, PNG, WEBP, BMP, GIF, TIFF, PPM); replace or remove it"


def said(function, *arguments, **options) -> str:
    with pytest.raises(UserError) as error:
        function(*arguments, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


def refusal(source, **options) -> str:
    return said(read, source, spec(**options))


def file_of(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# ---- folders for parts of a dataset ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "train", "test"),
    [
        (("train", "val", "test"), "train", "test"),
        (("train", "val"), "train", "val"),
        (("training", "dev"), "training", "dev"),
        (("Train", "Test"), "Train", "Test"),
        (("val", "test"), "val", "test"),
        (("train", "test", "extra"), "train", "test"),
    ],
)
@pytest.mark.parametrize("inner", ["", "ape/", "ape/bee/"])
@pytest.mark.parametrize("one_class", [False, True])
def test_parts_of_a_dataset_are_not_taken_for_classes(tmp_path, parts, train, test, inner, one_class):
    pictures = {f"{part}/{inner}{i}.png": content for part in parts for i, content in enumerate(coloured(3))}
    source = write_folder(tmp_path / "set", pictures)
    assert refusal(source, one_class=one_class) == (
        f"{source}: its folders {', '.join(sorted(parts))} look like parts of a dataset, not like classes; say in the "
        f"dataset which to take, as 'train: {train}' and 'test: {test}', or rename the folders"
    )
    if not inner:  # and so it is told is right
        splits = read(source, spec(train=[train], test=[test], one_class=one_class))
        assert (len(splits.y_train), len(splits.y_test), splits.classes) == (3, 3, ("animals",))


def test_a_class_of_trains_is_one(tmp_path):
    pictures = {f"{name}/{i}.png": content for name in ("car", "train") for i, content in enumerate(coloured(5))}
    assert read(write_folder(tmp_path, pictures), spec()).classes == ("car", "train")
    assert read(write_folder(tmp_path, pictures), spec(classes=["train", "car"])).classes == ("train", "car")


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_a_flat_folder_where_parts_are_asked_for(tmp_path, form):
    flat = {f"{i}.png": content for i, content in enumerate(coloured(5))}
    write = {"folder": write_folder, "tar": write_tar}[form]
    source = write(tmp_path / "set", flat)
    assert refusal(source, train=["train"], test=["val"]) == (
        f"{source}: train: no picture lies in a folder 'train'; correct 'train:' of the dataset, or add the folder"
    )
    assert "its class folders are none, but classes: of dataset animals says ape, bee" in refusal(
        source, classes=["ape", "bee"]
    )


# ---- folders with nothing in them ------------------------------------------------------------------------------------


def test_class_folders_without_pictures_are_named(tmp_path):
    source, cache = write_folder(tmp_path / "set", by_class(3, prefix="train/")), tmp_path / "cache.json"
    assert fingerprint(source, cache)["classes"] == ["ape", "bee"]
    for name in ("cat", "dog/.ipynb_checkpoints"):
        (source / "train" / name).mkdir(parents=True)
    (source / "train/cat/.DS_Store").write_bytes(b"a")
    assert said(fingerprint, source, cache) == (
        f"{source}: no picture in class folder 'train/cat', 'train/dog'; put pictures there, or remove it"
    )
    for number in range(20):
        (source / f"train/x{number:02}").mkdir()
    assert "'train/x07' and 12 more; put" in said(fingerprint, source, cache)


def test_folders_without_pictures_that_are_no_classes_are_passed_over(tmp_path):
    source, cache = write_folder(tmp_path / "set", by_class(3, prefix="train/")), tmp_path / "cache.json"
    for name in ("notes", "train/ape/more", ".git"):
        (source / name).mkdir()
    write_folder(source, {"train/labels/list.csv": b"a", "README.md": b"a"})
    assert fingerprint(source, cache)["classes"] == ["ape", "bee"]
    (source / "train/cat").mkdir()
    assert fingerprint(source, cache, ["ape"])["classes"] == ["ape"]  # a few of many classes
    assert fingerprint(source, cache, one_class=True)["classes"] == []


# ---- names that are not UTF-8 ----------------------------------------------------------------------------------------

LATIN = os.fsdecode("caf\u00e9".encode("latin-1"))


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_a_picture_whose_name_is_not_utf8_is_read(tmp_path, form):
    pictures = by_class(3) | {f"bee/{LATIN}.png": coloured(1)[0]}
    source = {"folder": write_folder, "tar": write_tar}[form](tmp_path / "set", pictures)
    first = fingerprint(source, tmp_path / "cache.json")
    assert first == fingerprint(source, tmp_path / "cache.json") and first["classes"] == ["ape", "bee"]
    assert len(read(source, spec(test_fraction=0)).y_train) == 7
    bad = write_folder(tmp_path / "bad", by_class(3) | {f"bee/{LATIN}.png": PAGE})
    assert refusal(bad) == f"{bad}: 'bee/caf\\xe9.png': {NO_PICTURE}"
    (bad / f"bee/{LATIN}.png").write_bytes(b"")
    assert refusal(bad) == f"{bad}: 'bee/caf\\xe9.png': an empty file; replace or remove it"


def test_a_class_whose_name_is_not_utf8_is_refused(tmp_path):
    source = write_folder(tmp_path / "set", by_class(3) | {f"{LATIN}/0.png": coloured(1)[0]})
    sentence = f"{source}: the name of class folder 'caf\\xe9' is not UTF-8; rename it"
    assert refusal(source) == sentence == said(fingerprint, source, tmp_path / "cache.json")
    for picture_file in (source / LATIN).iterdir():  # UTF-8 of any language is fine
        write_folder(source, {f"\u00e9t\u00e9/{i}.png": picture_file.read_bytes() for i in range(3)})
        picture_file.unlink()
    assert read(source, spec()).classes == ("ape", "bee", "\u00e9t\u00e9")


# ---- pixels ----------------------------------------------------------------------------------------------------------

BYTES = pixels(8, 8)


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_a_picture_of_32_bits_is_refused_in_its_own_words(tmp_path, kind):
    content = file_of(Image.fromarray(BYTES.astype(kind)), "TIFF")
    source = write_folder(tmp_path, by_class(3) | {"bee/deep.tif": content})
    assert refusal(source) == (
        f"{source}: 'bee/deep.tif': 32 bits a pixel, of unknown range; save it with 8 or 16 bits, or remove it"
    )


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM"])
def test_a_picture_of_16_bits_keeps_its_range(form):
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1040
    assert Image.open(io.BytesIO(file_of(Image.fromarray(deep), form))).mode in ("I;16", "I")
    for channels in (1, 3):
        found, grey = opened(file_of(Image.fromarray(deep), form), "a", channels)
        assert grey or form == "PPM"
        assert np.array_equal(np.asarray(found.convert("L")), deep >> 8)


def test_lab_colours_are_refused_in_their_own_words():
    content = file_of(Image.new("LAB", (8, 8)), "TIFF")
    assert said(opened, content, "a", 3) == (
        "a: Lab colours, which are not converted; save it as RGB or grey, or remove it"
    )


def clear(mode: str) -> bytes:
    """A black picture whose upper half is transparent, and whose lowest row half."""
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 8, 4))
    image.paste((0, 0, 0, 128), (0, 7, 8, 8))
    return file_of(image.convert(mode), "PNG")


def keyed(image: Image.Image) -> bytes:
    """A grey or RGB picture whose black is transparent by the file's word for it, without an alpha channel."""
    return file_of(image, "PNG", transparency=(0, 0, 0) if image.mode == "RGB" else 0)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("channels", [1, 3, None])
def test_what_is_transparent_is_white(mode, channels):
    found, grey = opened(clear(mode), "a", channels)
    rows = np.asarray(found).reshape(8, 8, -1)
    assert (rows[:4] == 255).all() and (rows[4:7] == 0).all() and (abs(rows[7].astype(int) - 127) <= 1).all()
    assert grey == (mode == "LA")


def test_transparency_without_an_alpha_channel_is_white_too():
    half = np.zeros((8, 8), np.uint8)
    half[4:] = 90
    deep = Image.fromarray(half.astype(np.uint16) * 256)
    palette = Image.fromarray(half).convert("P")
    contents = [keyed(Image.fromarray(half)), keyed(Image.fromarray(half).convert("RGB")), keyed(palette), keyed(deep)]
    contents.append(file_of(palette, "GIF", transparency=0))
    for content in contents:
        rows = np.asarray(opened(content, "a", 1)[0])
        assert (rows[:4] == 255).all() and (abs(rows[4:].astype(int) - 90) <= 1).all()


def test_an_opaque_alpha_channel_changes_nothing(tmp_path):
    colours = pixels(8, 8, 3)
    opaque = Image.fromarray(np.concatenate([colours, np.full((8, 8, 1), 255, np.uint8)], axis=2))
    assert np.array_equal(np.asarray(opened(file_of(opaque, "PNG"), "a", 3)[0]), colours)


# ---- all bad pictures at once ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["folder", "tar", "zip"])
def test_all_bad_pictures_are_named_with_their_reasons(tmp_path, form):
    deep = file_of(Image.fromarray(BYTES.astype(np.float32)), "TIFF")
    bad = {"ape/x.png": PAGE, "bee/y.png": coloured(1)[0][:60], "bee/z.tif": deep}
    write = {"folder": write_folder, "tar": write_tar, "zip": write_zip}[form]
    source = write(tmp_path / ("set" if form == "folder" else f"set.{form}"), by_class(5) | bad)
    assert refusal(source) == (
        f"{source}: 3 bad pictures: 'ape/x.png', 'bee/y.png': {NO_PICTURE}; 'bee/z.tif': 32 bits a pixel, of unknown "
        "range; save it with 8 or 16 bits, or remove it"
    )


def test_of_many_ten_are_named(tmp_path):
    source = write_folder(tmp_path / "set", by_class(5) | {f"bee/x{i:02}.png": PAGE for i in range(23)})
    found = refusal(source)
    assert found.startswith(f"{source}: 23 bad pictures: 'bee/x00.png', 'bee/x01.png'")
    assert found.endswith(f"'bee/x09.png': {NO_PICTURE}; and 13 more") and "x10" not in found


def test_all_that_cannot_be_opened_are_named_while_planning(tmp_path):
    source = write_folder(tmp_path / "set", by_class(5) | {"ape/x.png": b"", "bee/x.png": b""})
    (source / "bee/y.png").symlink_to("/nowhere.png")
    empty, gone = "an empty file; replace or remove it", "cannot be read (No such file or directory); mend or remove it"
    expected = f"{source}: 3 bad pictures: 'ape/x.png', 'bee/x.png': {empty}; 'bee/y.png': {gone}"
    assert said(fingerprint, source, tmp_path / "cache.json") == expected == refusal(source)
    archive = write_zip(tmp_path / "set.zip", by_class(5) | {"ape/x.png": b"", "bee/x.png": b""})
    assert said(fingerprint, archive, tmp_path / "cache.json") == (
        f"{archive}: 2 bad pictures: 'ape/x.png', 'bee/x.png': {empty}"
    )


def test_a_picture_that_is_emptied_after_it_was_listed_is_named(tmp_path):
    source = write_folder(tmp_path / "set", by_class(5))
    names = list_images(source)
    (source / "bee/03.png").write_bytes(b"")
    assert said(lambda: list(read_images(source, names))) == (
        f"{source}: 'bee/03.png': an empty file; replace or remove it"
    )


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_pictures_that_are_gone_after_they_were_listed_are_named(tmp_path, form):
    write = {"folder": write_folder, "tar": write_tar}[form]
    source = write(tmp_path / "set", by_class(5))
    names = [*list_images(source), "bee/05.png", "cat/00.png"]
    assert said(lambda: list(read_images(source, names))) == (
        f"{source}: 2 bad pictures: 'bee/05.png', 'cat/00.png': no longer there; run again"
    )


@pytest.mark.parametrize("form", ["folder", "tar"])
def test_pictures_beside_folders_of_pictures_are_read(tmp_path, form):
    """Of one class, at any depth."""
    names, images = ["0.png", "1.png", "more/2.png", "more/3.png"], pixels(4, 8, 8, 3)
    pictures = {name: picture(image) for name, image in zip(names, images, strict=True)}
    source = {"folder": write_folder, "tar": write_tar}[form](tmp_path / "set", pictures)
    splits = read(source, spec(one_class=True, test_fraction=0))
    assert np.array_equal(splits.x_train, images.transpose(0, 3, 1, 2))


def test_all_that_may_not_be_read_are_named_while_planning(tmp_path, monkeypatch):
    source = write_folder(tmp_path / "set", by_class(5))

    def refused(path):  # as by the mode of a file, which does not stop root
        if path.name == "00.png":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return "0" * 64

    monkeypatch.setattr(files, "sha256", refused)
    found = said(fingerprint, source, tmp_path / "cache.json")
    assert found.startswith(f"{source}: 2 bad pictures: 'ape/00.png', 'bee/00.png': cannot be read (Permission denied)")


def test_all_pairs_that_are_none_are_named(tmp_path):
    good = {f"{i}.png": picture(x) for i, x in enumerate(pixels(6, 8, 16, 3))}
    bad = {"x.png": picture(pixels(8, 8, 3)), "y.png": picture(pixels(8, 15, 3)), "z.png": PAGE}
    source = write_folder(tmp_path / "set", good | bad)
    found = refusal(source, direction="left_to_right")
    assert found.startswith(f"{source}: 3 bad pictures: 'x.png': 8 x 8 pixels, no two images side by side")
    assert "; 'y.png': 15 x 8 pixels cannot be cut" in found and found.endswith(f"'z.png': {NO_PICTURE}")
    sides = {f"{side}/{i}.png": picture(x) for side in ("a", "b") for i, x in enumerate(pixels(6, 8, 8, 3))}
    sides |= {"a/1.png": picture(pixels(8, 9, 3)), "b/2.png": picture(pixels(9, 8, 3)), "b/3.png": PAGE}
    source = write_folder(tmp_path / "sides", sides)
    assert refusal(source, given=["a"], target=["b"], paired=True) == (
        f"{source}: 3 bad pictures: 'a/1.png' and 'b/1.png': a pair of 9 x 8 and 8 x 8 pixels; bring both to one size; "
        f"'a/2.png' and 'b/2.png': a pair of 8 x 8 and 8 x 9 pixels; bring both to one size; 'b/3.png': {NO_PICTURE}"
    )
