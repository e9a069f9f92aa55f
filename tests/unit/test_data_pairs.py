"""Datasets with given images: halves, two folders, two sets, derivations; and the splits that a dataset asks for."""

import numpy as np
import pytest
import torch
from data_files import coloured, picture, pixels, spec, write_folder, write_tar
from PIL import Image

from mneme import files
from mneme.data.derive import blur, derive, edges
from mneme.data.fingerprint import fingerprint
from mneme.data.layout import Folders, layout
from mneme.data.load import load
from mneme.data.pairs import halves
from mneme.data.prepare import prepare
from mneme.data.splits import divide
from mneme.data.stream import Task
from mneme.errors import UserError

LEFT, RIGHT = pixels(12, 8, 8, 3), pixels(12, 8, 8, 3, seed=1)
PAIRS = {f"{i:02}.png": picture(np.concatenate([LEFT[i], RIGHT[i]], axis=1)) for i in range(12)}
PAIRED = Task(1, "t", "animals", (0,), (0,), kind="paired", given="animals")


def chw(images: np.ndarray) -> torch.Tensor:
    return torch.tensor(images.transpose(0, 3, 1, 2))


def refused(call) -> str:
    with pytest.raises(UserError) as caught:
        call()
    return str(caught.value)


# ---- pairs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction, sides", [("left_to_right", (LEFT, RIGHT)), ("right_to_left", (RIGHT, LEFT))])
@pytest.mark.parametrize("write", [write_folder, write_tar])
def test_a_picture_is_cut_into_given_image_and_target(tmp_path, direction, sides, write):
    made = prepare(spec(direction=direction), write(tmp_path / "pairs.tar", PAIRS))
    test = [4, 9]  # every fifth
    train = [i for i in range(12) if i not in test]
    for split, chosen in (("train", train), ("test", test)):
        for name, side in zip("ax", sides, strict=True):
            assert torch.equal(made[f"{name}_{split}"], chw(side[chosen]))
    assert made["classes"] == ["animals"] and made["y_train"].tolist() == [0] * 10


@pytest.mark.parametrize("direction, side", [("left", LEFT), ("right", RIGHT)])
def test_one_image_of_two_is_kept(tmp_path, direction, side):
    made = prepare(spec(direction=direction), write_folder(tmp_path / "pairs", PAIRS))
    assert torch.equal(made["x_test"], chw(side[[4, 9]])) and not [name for name in made if name.startswith("a_")]


@pytest.mark.parametrize("fit", ["crop", "squash", "pad"])
def test_both_halves_are_cropped_and_resized_alike(tmp_path, fit):
    """Of equal halves, whatever their proportions, given image and target are equal."""
    same = {f"{i}.png": picture(np.concatenate([x, x], axis=1)) for i, x in enumerate(pixels(5, 12, 20, 3))}
    made = prepare(spec(direction="left_to_right", fit=fit), write_folder(tmp_path / "pairs", same))
    assert torch.equal(made["x_train"], made["a_train"]) and made["x_train"].float().std() > 10


@pytest.mark.parametrize(
    "size, sentence",
    [
        ((8, 8), "p: 8 x 8 pixels, no two images side by side; replace it by a pair, or leave 'direction:' out of the "
                 "dataset"),
        ((15, 8), "p: 15 x 8 pixels cannot be cut into two equal halves; make its width an even number"),
    ],
)  # fmt: skip
def test_what_is_no_pair(size, sentence):
    assert refused(lambda: halves(Image.new("RGB", size), "left_to_right", "p")) == sentence


def test_folders_have_the_names_that_the_dataset_gives_them(tmp_path):
    """As of the maps: the folder val is tested on; another folder is not of the dataset."""
    names = [f"maps/{split}/{name}" for split in ("train", "val", "more") for name in PAIRS]
    source = write_folder(tmp_path / "pairs", {name: PAIRS[name.rpartition("/")[2]] for name in names})
    made = prepare(spec(direction="right_to_left", test=["val"]), source)
    assert len(made["x_train"]) == len(made["a_train"]) == len(made["x_test"]) == len(made["a_test"]) == 12
    said = refused(lambda: prepare(spec(direction="right_to_left", train=["trian"], test=["val"]), source))
    assert said == (
        f"{source}: train: no picture lies in a folder 'trian' (did you mean 'train'?); correct 'train:' of the "
        "dataset, or add the folder"
    )


def two_folders(given: int = 12, target: int = 12, size: int = 8) -> dict[str, bytes]:
    sides = {f"edges/{i:02}.png": picture(LEFT[i]) for i in range(given)}
    return sides | {
        f"photos/{i:02}.bmp": picture(RIGHT[i, :size, :size], "BMP") for i in range(target)
    }  # fmt: skip


SIDES = {"given": ["edges"], "target": ["photos"]}


def test_files_of_one_name_in_two_folders_are_a_pair(tmp_path):
    made = prepare(spec(**SIDES, paired=True), write_folder(tmp_path / "pairs", two_folders()))
    assert torch.equal(made["a_test"], chw(LEFT[[4, 9]])) and torch.equal(made["x_test"], chw(RIGHT[[4, 9]]))
    split = {f"{side}/{part}/{name}": data for side in ("edges", "photos") for part in ("train", "test")
             for name, data in PAIRS.items()}  # fmt: skip
    made = prepare(spec(**SIDES, paired=True, train=["train"], test=["test"]), write_folder(tmp_path / "split", split))
    assert torch.equal(made["a_test"], made["x_test"]) and len(made["x_train"]) == 12


def test_numbers_of_a_and_b_differ(tmp_path):
    source = write_folder(tmp_path / "pairs", two_folders(given=11))
    sentence = (
        f"{source}: 'photos/11.bmp' has no partner of the same name on the other side (11 given images, 12 targets); "
        "add it, remove this one, or leave 'paired: true' out"
    )
    assert refused(lambda: prepare(spec(**SIDES, paired=True), source)) == sentence
    folders = Folders.of(SIDES)
    cache = tmp_path / "cache.json"
    assert refused(lambda: fingerprint(source, cache, one_class=True, folders=folders, paired=True)) == sentence
    assert fingerprint(source, cache, one_class=True, folders=folders)["classes"] == []


def test_two_images_of_one_side_have_one_name(tmp_path):
    source = write_folder(tmp_path / "pairs", two_folders() | {"edges/03.jpg": picture(LEFT[3], "JPEG")})
    sentence = (
        f"{source}: 'edges/03.jpg' and 'edges/03.png' have one name but for the ending, so they would be of one pair; "
        "rename or remove one of them"
    )
    assert refused(lambda: prepare(spec(**SIDES, paired=True), source)) == sentence


def test_two_images_of_a_pair_have_one_size(tmp_path):
    source = write_folder(tmp_path / "pairs", two_folders(size=6))
    said = refused(lambda: prepare(spec(**SIDES, paired=True), source))
    assert said.startswith(f"{source}: 12 bad pictures: 'edges/00.png' and 'photos/00.bmp', 'edges/01.png' and ")
    assert said.endswith("'photos/09.bmp': a pair of 8 x 8 and 6 x 6 pixels; bring both to one size; and 2 more")


# ---- two sets --------------------------------------------------------------------------------------------------------


def test_given_images_and_targets_of_their_own_number(tmp_path):
    source = write_folder(tmp_path / "two", {f"around/{name}": data for name, data in two_folders(12, 5).items()})
    made = prepare(spec(**SIDES), source)
    assert torch.equal(made["x_test"], chw(RIGHT[[4]])) and torch.equal(made["a_test"], chw(LEFT[[4, 9]]))
    assert len(made["x_train"]) == len(made["y_train"]) == 4 and len(made["a_train"]) == 10
    said = refused(lambda: prepare(spec(given=["photos"], target=["edges"], min_images=6), source))
    assert said.startswith("dataset animals: 4 given training images, fewer than min_images: 6")


@pytest.mark.parametrize("tested, side", [("edges", "given images"), ("photos", "targets")])
def test_test_pictures_of_one_side_only_are_refused(tmp_path, tested, side):
    pictures = [f"train/{folder}/{i}.png" for folder in ("edges", "photos") for i in range(9)] + [
        f"test/{tested}/0.png"
    ]
    source = write_folder(tmp_path / "two", dict.fromkeys(pictures, picture(LEFT[0])))
    said = refused(lambda: prepare(spec(**SIDES, test=["test"]), source))
    assert said == (
        f"{source}: dataset animals: test pictures of its {side} only; put some on the other side too, or leave "
        "'test:' out"
    )


# ---- pairs by derivation ---------------------------------------------------------------------------------------------


def test_given_images_are_derived_of_targets(tmp_path):
    source = write_folder(tmp_path / "one", {f"{i:02}.png": data for i, data in enumerate(coloured(10))})
    made = prepare(spec(derive=["inverted"], given_by=["edges", "inverted"]), source)
    plain = prepare(spec(), source)
    assert torch.equal(made["x_train"], 255 - plain["x_train"])
    assert torch.equal(made["a_train"], 255 - edges(255 - plain["x_train"]))
    assert torch.equal(made["a_test"], derive(made["x_test"], ["edges", "inverted"]))


def test_blur_keeps_the_mean_of_what_is_flat_at_its_border():
    x = torch.zeros(1, 1, 32, 32)
    x[0, 0, 16, 16] = 100.0
    soft = blur(x, 2.0)
    assert soft.sum() == pytest.approx(100, rel=1e-4) and soft[0, 0, 16, 16] == soft.max()
    across = torch.arange(32.0) - 16
    assert (soft[0, 0, 16] * across**2).sum() / soft[0, 0, 16].sum() == pytest.approx(4, rel=0.05)
    flat = torch.full((1, 3, 8, 8), 7, dtype=torch.uint8)
    assert torch.equal(derive(flat, ["blurred"]), flat)


def test_posterised_has_four_levels():
    every = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)
    assert derive(every, ["posterised"]).unique().tolist() == [0, 85, 170, 255]


# ---- which images ----------------------------------------------------------------------------------------------------


def test_ranges_choose_by_name(tmp_path):
    source = write_folder(tmp_path / "pairs", PAIRS)
    made = prepare(spec(direction="left_to_right", take=[3, 6], test_take=[11, 12]), source)
    assert torch.equal(made["a_train"], chw(LEFT[2:6])) and torch.equal(made["x_test"], chw(RIGHT[10:]))
    made = prepare(spec(direction="left_to_right", take=[3, 7]), source)
    assert torch.equal(made["a_test"], chw(LEFT[[6]])) and len(made["x_train"]) == 4


def test_ranges_within_the_folders_of_splits():
    test = np.array([False] * 6 + [True] * 4)
    options = {"dataset": "d", "take": [1, 3], "test_take": [2, 3], "test_fraction": 0.5}
    train, tested = divide(np.zeros(10, int), test, options, "here")
    assert (train.tolist(), tested.tolist()) == ([0, 1, 2], [7, 8])


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({"take": [1, 11]}, "here: take: [1, 11] of dataset d, but there are pictures 1 to 10; change it"),
        ({"take": [4, 3]}, "here: take: [4, 3] of dataset d, but there are pictures 1 to 10; change it"),
        ({"take": [1, 5], "test_take": [5, 9]},
         "here: take: and test_take: of dataset d both take picture 5; change one of them"),
    ],
)  # fmt: skip
def test_ranges_that_are_not_there(options, sentence):
    options = {"dataset": "d", "test_fraction": 0.2, **options}
    assert refused(lambda: divide(np.zeros(10, int), np.zeros(10, bool), options, "here")) == sentence


def test_folders_without_training_pictures_are_named(tmp_path):
    pictures = [f"{split}/edges/0.png" for split in ("train", "test")] + ["photos/0.png"]
    source = write_folder(tmp_path / "sides", dict.fromkeys(pictures, picture(LEFT[0])))
    said = refused(lambda: prepare(spec(**SIDES, train=["train"], test=["test"]), source))
    assert said == (
        f"{source}: dataset animals: no training picture in its folders (train: train; given: edges; target: photos); "
        "correct the names in the dataset, or put pictures there"
    )


@pytest.mark.parametrize("key, form", [("direction", {"direction": "left_to_right"}), ("given", SIDES)])
def test_a_validation_split_is_taken_from_training(tmp_path, key, form):
    source = write_folder(tmp_path / "pairs", PAIRS if key == "direction" else two_folders())
    plain, made = (prepare(spec(**form, **more), source) for more in ({}, {"validation_fraction": 0.2}))
    assert not [name for name in plain if name.endswith("_val")]
    for name in "xay":
        held = torch.cat([made[f"{name}_train"], made[f"{name}_val"]])
        assert len(made[f"{name}_val"]) == 2 and len(held) == len(plain[f"{name}_train"])
        assert torch.equal(made[f"{name}_val"], plain[f"{name}_train"][[4, 9]])
        assert torch.equal(made[f"{name}_test"], plain[f"{name}_test"])


def test_training_images_at_their_load_size(tmp_path):
    source = write_folder(tmp_path / "pairs", PAIRS)
    plain, made = (prepare(spec(direction="left_to_right", **more), source) for more in ({}, {"load_size": 12}))
    assert made["x_train"].shape == made["a_train"].shape == (10, 3, 12, 12)
    assert torch.equal(made["x_test"], plain["x_test"]) and torch.equal(made["a_test"], plain["a_test"])
    halved = prepare(spec(direction="left_to_right", load_size=12, validation_fraction=0.2), source)
    assert halved["x_val"].shape == (2, 3, 8, 8)


def test_layout_takes_words_out_at_any_depth():
    names = ["top/train/n1/a.png", "top/val/n1/b.png", "top/val/n2/c.png", "top/extra/n1/d.png"]
    images = layout(names, "here", folders=Folders.of({"train": ["train"], "test": ["val"]}))
    assert [(image.split, image.label) for image in images] == [("train", "n1"), ("test", "n1"), ("test", "n2")]


# ---- loading ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def prepared(tmp_path):
    x, a, y = torch.tensor(pixels(6, 1, 4, 4)), torch.tensor(pixels(9, 1, 4, 4, seed=1)), torch.arange(6) % 2
    content = {"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": ["p", "q"]}
    files.save(tmp_path / "animals.pt", {**content, "a_train": a[:6], "a_test": a[:6]})
    files.save(tmp_path / "others.pt", {**content, "x_train": a, "y_train": torch.zeros(9, dtype=torch.int64)})
    return {"animals": tmp_path / "animals.pt", "others": tmp_path / "others.pt"}, x, a


def test_rows_of_a_pair_stay_together(prepared):
    paths, x, a = prepared
    loaded = load(Task(1, "t", "animals", (1,), (7,), kind="paired", given="animals"), "train", paths, 3)
    assert torch.equal(loaded["x"], x[1::2].expand(-1, 3, -1, -1)) and loaded["y"].tolist() == [7, 7, 7]
    assert torch.equal(loaded["a"], a[1:6:2].expand(-1, 3, -1, -1))


def test_given_images_of_another_dataset(prepared):
    paths, _, a = prepared
    loaded = load(Task(1, "t", "animals", (1,), (0,), kind="unpaired", given="others"), "train", paths, 1)
    assert torch.equal(loaded["a"], a) and len(loaded["x"]) == 3
    assert "a" not in load(Task(1, "t", "animals", (1,), (0,)), "train", paths, 1)
    said = refused(lambda: load(Task(1, "t", "animals", (1,), (0,), kind="unpaired", given="other"), "test", paths, 1))
    assert said == "task t: no prepared file for dataset other (did you mean 'others'?); give it with --data"


def test_a_validation_split_that_nobody_asked_for(prepared):
    said = refused(lambda: load(PAIRED, "val", prepared[0], 1))
    assert said == "task t: dataset animals has no split 'val'; give it a 'validation_fraction:'"
