"""The class and the split of an image file, read from the folders it lies in."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from mneme.errors import UserError

LAYOUTS = "train/CLASS/*.jpg and test/CLASS/*.jpg, or CLASS/*.jpg, or *.jpg"


class ImageFile(NamedTuple):
    """An image file; ``split`` and ``label`` (the name of its class) are None where no folder says."""

    name: str
    split: Literal["train", "test"] | None
    label: str | None


def layout(names: Sequence[str], source: Path, *, one_class: bool = False) -> list[ImageFile]:
    """Read class and split from the folders of image files; a single folder around everything is ignored.

    Args:
        names: relative paths with ``/``.
        source: the folder or archive, for messages.
        one_class: folders say the split only; all images are of one class, at any depth.

    Returns:
        One for each name, in the same order.

    Raises:
        UserError: images lie at different depths, or deeper than in any known layout.
    """
    paths = [name.split("/") for name in names]
    tops = {parts[0] for parts in paths}
    if len(tops) == 1 and "train" not in tops and all(len(parts) > 2 for parts in paths):
        paths = [parts[1:] for parts in paths]
        tops = {parts[0] for parts in paths}
    split = "train" in tops and tops <= {"train", "test"} and all(len(parts) > 1 for parts in paths)
    if one_class:
        return [ImageFile(name, parts[0] if split else None, None) for name, parts in zip(names, paths, strict=True)]
    images = []
    for name, parts in zip(names, paths, strict=True):
        inner = parts[1:] if split else parts
        if len(inner) > 2:
            raise UserError(f"{source}: '{name}' lies too deep; lay the pictures out as {LAYOUTS}")
        images.append(ImageFile(name, parts[0] if split else None, inner[0] if len(inner) == 2 else None))
    odd = next((image for image in images if (image.label is None) != (images[0].label is None)), None)
    if odd:
        raise UserError(
            f"{source}: '{odd.name}' and '{names[0]}' lie at different depths; lay the pictures out as {LAYOUTS}"
        )
    return images


def class_names(images: Sequence[ImageFile]) -> list[str]:
    """The names of the class folders, sorted; empty if there are none."""
    return sorted({image.label for image in images if image.label is not None})
