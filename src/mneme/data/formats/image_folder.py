"""A folder, tar or zip of image files, in one folder per class or in none. Role: ``images``.

The layouts are those of :mod:`mneme.data.layout`. Without a ``test`` folder the test images are held out evenly
from each class, in the order of the names.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mneme.data.decode import decode
from mneme.data.image_files import list_images, read_images
from mneme.data.layout import ImageFile, class_names, layout
from mneme.data.splits import Splits, hold_out, require_enough
from mneme.errors import UserError

ROLES = ("images",)


def read(files: dict[str, Path] | Path, options: Mapping[str, Any]) -> Splits:
    """Decode all images, cropped or padded as ``options["fit"]`` says, to ``options["size"]``.

    Args:
        files: a folder or archive, or ``{"images": archive}``.
        options: the prepare job's spec. ``classes`` must be the class folders' names (their order numbers the classes)
            or null; ``channels`` 1 or 3 converts, null keeps grey only if every image is grey. With
            ``one_class`` all images are of one class; with ``subset`` class folders not in ``classes`` are ignored.

    Raises:
        UserError: a missing, corrupt or unsafe source, an unknown layout, a file that is not an image, unexpected
            classes, or too few images (checked before anything is decoded).
    """
    source = Path(files["images"] if isinstance(files, dict) else files)
    within = options["classes"] if options.get("subset") else None
    images = layout(list_images(source, within), source, one_class=options.get("one_class", False))
    classes = _classes(images, options, source)
    labels = np.array([classes.index(image.label) if image.label else 0 for image in images])
    test = np.array([image.split == "test" for image in images])
    if not test.any():
        test = hold_out(labels, options["test_fraction"])
    require_enough(labels[~test], classes, options["dataset"], options["min_images"])

    order = np.argsort(test, kind="stable")  # training images first, so that both splits are views of one array
    x, all_grey = _decode_all(source, {images[i].name: row for row, i in enumerate(order)}, options)
    if all_grey and options["channels"] is None:
        x = x[:, :1]  # the three channels of a grey image are equal
    y, n = labels[order], int((~test).sum())
    return Splits(x[:n], y[:n], x[n:], y[n:], tuple(classes))


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


def _decode_all(source: Path, row: Mapping[str, int], options: Mapping[str, Any]) -> tuple[np.ndarray, bool]:
    """All images, each in its row, and whether all of them are grey."""
    size, how, channels = options["size"], options["fit"], options["channels"]
    x = np.empty((len(row), 1 if channels == 1 else 3, size, size), np.uint8)
    all_grey = True
    for name, content in read_images(source, row):
        x[row[name]], grey = decode(content, f"{source}: '{name}'", size, how, channels)
        all_grey &= grey
    return x, all_grey
