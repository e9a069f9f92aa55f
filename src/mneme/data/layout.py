"""The class, the split and the side of an image file, read from the folders it lies in."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from mneme.data.together import NAMED, readable
from mneme.errors import UserError, near_miss

LAYOUTS = "train/CLASS/*.jpg and test/CLASS/*.jpg, or CLASS/*.jpg, or *.jpg"
PARTS = {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"}
"""Names of folders for the parts of a dataset."""


class ImageFile(NamedTuple):
    """An image file; ``split``, ``label`` (the name of its class) and ``side`` are None where no folder says.

    ``stem`` is the rest of its path without the ending: given and target of a pair have the same one.
    """

    name: str
    split: Literal["train", "test"] | None
    label: str | None
    side: Literal["given", "target"] | None = None
    stem: str = ""


class Folders(NamedTuple):
    """Names of folders with a meaning, at any depth; a picture that lies in none of those for its split, or for its
    side, is not of the dataset. Empty where the folders have the usual names, or say nothing."""

    train: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    target: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> "Folders":
        """Those of a dataset's keys; where only test folders are named, ``train`` is the other."""
        folders = cls(*(tuple(options.get(name) or ()) for name in cls._fields))
        return folders._replace(train=("train",)) if folders.test and not folders.train else folders


USUAL = Folders()


def layout(names: Sequence[str], source: Path, *, one_class: bool = False, folders: Folders = USUAL) -> list[ImageFile]:
    """Read class, split and side from the folders of image files; a single folder around everything is ignored.

    Args:
        names: relative paths with ``/``.
        source: the folder or archive, for messages.
        one_class: folders say split and side only; all images are of one class, at any depth.
        folders: names of folders with a meaning.

    Returns:
        One for each name that is of the dataset, in the same order.

    Raises:
        UserError: images lie at different depths, or deeper than in any known layout; a folder is not there; folders
            are parts of a dataset and would be taken for classes; or the name of a class is no UTF-8.
    """
    files = list(_sorted_out(names, source, folders))
    paths = [rest for _, rest in files]
    tops = {parts[0] for parts in paths}
    if len(tops) == 1 and "train" not in tops and all(len(parts) > 2 for parts in paths):
        paths = [parts[1:] for parts in paths]
        tops = {parts[0] for parts in paths}
    usual = "train" in tops and tops <= {"train", "test"} and all(len(parts) > 1 for parts in paths)
    split = usual and not folders.train
    if not usual and not folders.train and all(len(parts) > 1 for parts in paths):
        require_classes(tops, source)
    images = []
    for (image, _), parts in zip(files, paths, strict=True):
        inner = parts[1:] if split else parts
        if len(inner) > 2 and not one_class:
            raise UserError(f"{source}: '{image.name}' lies too deep; lay the pictures out as {LAYOUTS}")
        stem = "/".join(inner).rpartition(".")[0]
        label = inner[0] if len(inner) == 2 and not one_class else None
        images.append(image._replace(split=parts[0] if split else image.split, label=label, stem=stem))
    odd = next((image for image in images if (image.label is None) != (images[0].label is None)), None)
    if odd:
        raise UserError(
            f"{source}: '{odd.name}' and '{images[0].name}' lie at different depths; lay the pictures out as {LAYOUTS}"
        )
    for name in class_names(images):
        if name != readable(name):
            raise UserError(f"{source}: the name of class folder '{readable(name)}' is not UTF-8; rename it")
    return images


def require_classes(tops: set[str], source: Path) -> None:
    """Refuse outermost folders that are the parts of a dataset and no classes: all have such names, or a train and a
    test folder are among them. One alone may be a class, of trains say.

    Raises:
        UserError: they are.
    """
    parts = sorted(top for top in tops if top.lower() in PARTS)
    if len(parts) > 1 and (len(parts) == len(tops) or {"train", "test"} <= {part.lower() for part in parts}):
        train = next((part for part in parts if part.lower().startswith("train")), parts[-1])
        others = [part for part in parts if part != train]
        test = next((part for part in others if part.lower().startswith("test")), others[0])
        raise UserError(
            f"{source}: its folders {', '.join(sorted(map(readable, tops)))} look like parts of a dataset, not like "
            f"classes; say in the dataset which to take, as 'train: {train}' and 'test: {test}', or rename the folders"
        )


def require_pictures(images: Sequence[ImageFile], empty: Sequence[str], source: Path) -> None:
    """Refuse class folders without pictures: they would be no classes.

    Args:
        empty: relative paths of empty folders; those beside a class folder are meant to be one.

    Raises:
        UserError: there are some, of which ten are named.
    """
    beside = {image.name.rpartition("/")[0].rpartition("/")[0] for image in images if image.label is not None}
    if lost := [f"'{readable(name)}'" for name in empty if name.rpartition("/")[0] in beside]:
        rest = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        raise UserError(
            f"{source}: no picture in class folder {', '.join(lost[:NAMED])}{rest}; put pictures there, or remove it"
        )


def _sorted_out(names: Sequence[str], source: Path, folders: Folders) -> Iterator[tuple[ImageFile, list[str]]]:
    """The images of the dataset, each with what is left of its path; named folders must hold one."""
    inside = {folder for name in names for folder in name.split("/")[:-1]}
    for key, wanted in folders._asdict().items():
        if missing := [folder for folder in wanted if folder not in inside]:
            raise UserError(
                f"{source}: {key}: no picture lies in a folder '{missing[0]}'{near_miss(missing[0], inside)}; correct "
                f"'{key}:' of the dataset, or add the folder"
            )
    for name in names:
        *outer, last = name.split("/")
        meant = {key: {*outer} & {*wanted} for key, wanted in folders._asdict().items()}
        split = next((key for key in ("train", "test") if meant[key]), None)
        side = next((key for key in ("given", "target") if meant[key]), None)
        if (folders.train and not split) or (folders.given and not side):
            continue
        words = set().union(*meant.values())
        yield ImageFile(name, split, None, side), [*(part for part in outer if part not in words), last]


def class_names(images: Sequence[ImageFile]) -> list[str]:
    """The names of the class folders, sorted; empty if there are none."""
    return sorted({image.label for image in images if image.label is not None})


def partners(images: Sequence[ImageFile], source: Path) -> list[tuple[ImageFile, ImageFile]]:
    """Given image and target of each pair that lies in two folders, by equal names, in order of the targets.

    Raises:
        UserError: one side has an image that the other lacks, or two of one name.
    """
    sides: dict[str, dict[tuple[str | None, str], ImageFile]] = {"given": {}, "target": {}}
    for image in (image for image in images if image.side):
        first = sides[image.side].setdefault((image.split, image.stem), image)
        if first is not image:
            raise UserError(
                f"{source}: '{readable(first.name)}' and '{readable(image.name)}' have one name but for the ending, so "
                "they would be of one pair; rename or remove one of them"
            )
    lonely = sides["given"].keys() ^ sides["target"].keys()
    if odd := [image for key, image in (sides["given"] | sides["target"]).items() if key in lonely]:
        numbers = f"{len(sides['given'])} given images, {len(sides['target'])} targets"
        raise UserError(
            f"{source}: '{odd[0].name}' has no partner of the same name on the other side ({numbers}); add it, remove "
            "this one, or leave 'paired: true' out"
        )
    return [(sides["given"][key], target) for key, target in sides["target"].items()]
