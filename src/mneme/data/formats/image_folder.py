"""A folder, tar or zip of image files, in one folder per class or in none. Role: ``images``.

The layouts are those of :mod:`mneme.data.layout`. Without a ``test`` folder the test images are held out evenly
from each class, in the order of the names. A dataset for translation has a ``direction`` (each picture is a pair, two
images side by side, of which ``left`` or ``right`` keeps one), or folders of ``given`` images and of ``target`` images
(pairs by equal names if ``paired``).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mneme.data.decode import fitted, opened
from mneme.data.image_files import list_images, read_images
from mneme.data.layout import Folders, ImageFile, class_names, layout, partners
from mneme.data.pairs import TRANSLATED, halves, require_equal
from mneme.data.splits import Splits, divide, require_enough
from mneme.data.together import readable, together
from mneme.errors import UserError

ROLES = ("images",)


def read(files: dict[str, Path] | Path, options: Mapping[str, Any]) -> Splits:
    """Decode all images, cropped or padded as ``options["fit"]`` says, to ``options["size"]``.

    Args:
        files: a folder or archive, or ``{"images": archive}``.
        options: the prepare job's spec. ``classes`` must be the class folders' names (their order numbers the classes)
            or null; ``channels`` 1 or 3 converts, null keeps grey only if every image is grey. With
            ``one_class`` all images are of one class; with ``subset`` class folders not in ``classes`` are ignored.
            Training images have the side ``load_size`` if it is given.

    Raises:
        UserError: a missing, corrupt or unsafe source, an unknown layout, unexpected classes or too few images (checked
            before anything is decoded); files that are not images, or pairs that lack a side or have unequal ones, all
            in one message.
    """
    source = Path(files["images"] if isinstance(files, dict) else files)
    within = options["classes"] if options.get("subset") else None
    one_class = bool(options.get("one_class") or options.get("direction") or options.get("given"))
    images = layout(list_images(source, within), source, one_class=one_class, folders=Folders.of(options))
    paired = options.get("paired", False)
    pairs = partners(images, source) if paired else []
    given = [pair[0] for pair in pairs] if paired else [image for image in images if image.side == "given"]
    targets = [pair[1] for pair in pairs] if paired else [image for image in images if image.side != "given"]

    classes = _classes(targets, options, source)
    labels = np.array([classes.index(image.label) if image.label else 0 for image in targets])
    tests, given_tests = _for_testing(targets), _for_testing(given)
    rows = divide(labels, tests, options, source)
    require_enough(labels[rows[0]], classes, options["dataset"], options["min_images"])
    wanted = _chosen("x", targets, rows)
    if paired:
        wanted |= _chosen("a", given, rows)
    elif given:
        if tests.any() != given_tests.any():
            side = "targets" if tests.any() else "given images"
            raise UserError(
                f"{source}: dataset {options['dataset']}: test pictures of its {side} only; put some on the other side "
                "too, or leave 'test:' out"
            )
        wanted |= _chosen("a", given, divide(np.zeros(len(given), int), given_tests, options, source))
    return Splits(
        y_train=labels[rows[0]], y_test=labels[rows[1]], classes=tuple(classes), **_decode_all(source, wanted, options)
    )


def _for_testing(images: Sequence[ImageFile]) -> np.ndarray:
    return np.array([image.split == "test" for image in images])


def _chosen(array: str, images: Sequence[ImageFile], rows: Sequence[np.ndarray]) -> dict[str, list[str]]:
    """Array of a split -> names of its files, row by row."""
    splits = zip(("train", "test"), rows, strict=True)
    return {f"{array}_{split}": [images[i].name for i in chosen] for split, chosen in splits}


def _classes(images: Sequence[ImageFile], options: Mapping[str, Any], source: Path) -> list[str]:
    """The names of the classes, by number."""
    found, wanted = class_names(images), options["classes"]
    if not found and (not wanted or len(wanted) == 1):
        return list(wanted or [options["dataset"]])
    if wanted and sorted(wanted) != found:
        raise UserError(
            f"{source}: its class folders are {', '.join(found) or 'none'}, but classes: of dataset "
            f"{options['dataset']} says {', '.join(wanted)}; correct classes: or the folders"
        )
    return list(wanted or found)


def _decode_all(source: Path, wanted: Mapping[str, list[str]], options: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays whose files are named: uint8 [N, C, S, S], in one pass over the source."""
    how, channels, direction = options["fit"], options["channels"], options.get("direction")
    sides = {"test": options["size"], "train": options.get("load_size") or options["size"]}
    halved = {f"a_{array[2:]}": names for array, names in wanted.items()} if direction in TRANSLATED else {}
    arrays = {
        array: np.empty((len(names), 1 if channels == 1 else 3, *2 * [sides[array[2:]]]), np.uint8)
        for array, names in {**wanted, **halved}.items()
    }
    places = {name: (array, row) for array, names in wanted.items() for row, name in enumerate(names)}
    sizes, all_grey, bad = {}, True, {}
    for file, content in read_images(source, places):
        (array, row), name = places[file], f"{source}: '{readable(file)}'"
        try:
            picture, grey = opened(content, name, channels)
            sizes[file], all_grey = picture.size, all_grey and grey
            parts = {array: picture}
            if direction:
                split = array[2:]
                parts = dict(zip((f"a_{split}", f"x_{split}"), halves(picture, direction, name), strict=True))
            for array in parts.keys() & arrays.keys():
                arrays[array][row] = fitted(parts[array], name, sides[array[2:]], how)
        except UserError as error:
            bad[file] = error
    for split in ("train", "test") if options.get("paired") else ():
        for given, target in zip(wanted[f"a_{split}"], wanted[f"x_{split}"], strict=True):
            if not {given, target} & {*bad}:
                names = f"'{readable(given)}' and '{readable(target)}'"
                try:
                    require_equal(sizes[given], sizes[target], f"{source}: {names}")
                except UserError as error:
                    bad[f"{given}' and '{target}"] = error
    if bad:
        raise together(source, dict(sorted(bad.items())))
    if all_grey and channels is None:
        arrays = {name: array[:, :1] for name, array in arrays.items()}  # three equal channels
    return arrays
