"""All bad pictures of a folder in one sentence, so that they can be mended at once."""

import os
from collections import defaultdict
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from mneme.errors import UserError

NAMED = 10  # pictures; of the rest the number is said


def together(source: Path, errors: Mapping[str, UserError]) -> UserError:
    """One error for several.

    Args:
        source: the folder or archive.
        errors: name of a picture -> what is wrong with it, at least one. What begins with the picture's path, or with
            the source and the name in quotes, is said without it where there are several.
    """
    if len(errors) == 1:
        return next(iter(errors.values()))
    reasons: dict[str, list[str]] = defaultdict(list)
    for name, error in islice(errors.items(), NAMED):
        said = str(error)
        for start in (f"{source}/{name}: ", f"{source}: '{readable(name)}': "):
            said = said.removeprefix(start)
        reasons[said].append(f"'{readable(name)}'")
    named = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
    rest = f"; and {len(errors) - NAMED} more" if len(errors) > NAMED else ""
    return UserError(f"{source}: {len(errors)} bad pictures: {named}{rest}")


def readable(name: str) -> str:
    """A file's name in which bytes that are not UTF-8 are written as numbers."""
    return os.fsencode(name).decode(errors="backslashreplace")
