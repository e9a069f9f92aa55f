"""Which class and which split a picture belongs to, told by its place."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from mneme.errors import UserError

LAYOUTS = "train/CLASS/*.jpg and test/CLASS/*.jpg, or CLASS/*.jpg, or *.jpg"


class Place(NamedTuple):
    """Where a picture belongs; ``split`` and ``label`` are ``None`` where no folder tells."""

    name: str
    split: Literal["train", "test"] | None
    label: str | None


def layout(names: Sequence[str], source: Path, *, one_class: bool = False) -> list[Place]:
    """Read the folders of a set of pictures; one folder around everything is passed over.

    Args:
        names: relative paths with ``/``.
        source: the folder or archive, for messages.
        one_class: folders tell the split only; all pictures are of one class, however deep they lie.

    Raises:
        UserError: pictures lie at different depths, or deeper than any layout.
    """
    paths = [name.split("/") for name in names]
    tops = {parts[0] for parts in paths}
    if len(tops) == 1 and "train" not in tops and all(len(parts) > 2 for parts in paths):
        paths = [parts[1:] for parts in paths]
        tops = {parts[0] for parts in paths}
    split = "train" in tops and tops <= {"train", "test"} and all(len(parts) > 1 for parts in paths)
    if one_class:
        return [Place(name, parts[0] if split else None, None) for name, parts in zip(names, paths, strict=True)]
    places = []
    for name, parts in zip(names, paths, strict=True):
        inner = parts[1:] if split else parts
        if len(inner) > 2:
            raise UserError(f"{source}: '{name}' lies too deep; lay the pictures out as {LAYOUTS}")
        places.append(Place(name, parts[0] if split else None, inner[0] if len(inner) == 2 else None))
    odd = next((place for place in places if (place.label is None) != (places[0].label is None)), None)
    if odd:
        raise UserError(
            f"{source}: '{odd.name}' and '{names[0]}' lie at different depths; lay the pictures out as {LAYOUTS}"
        )
    return places


def class_names(places: Sequence[Place]) -> list[str]:
    """The names of the class folders, sorted; none if the pictures lie flat."""
    return sorted({place.label for place in places if place.label is not None})
