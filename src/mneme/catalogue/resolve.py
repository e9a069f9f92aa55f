"""Settings of one job: the published ones, then overlay upon overlay, each checked against them.

A method's YAML file declares every setting with its published value; an overlay may change a value but neither add a
name nor change a type.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mneme.catalogue.explain import number_hint, one_of, shown
from mneme.errors import UserError, near_miss

WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
FRACTIONS = ("ema",)
POSITIVE = ("steps", "batch", "lr", "width", "noise", "threads", "features", "n", "grid", "points", "kid_subsets")
POSITIVE += ("classes", "test_every", "fisher_images")


def resolve(
    settings: Mapping[str, Any],
    overlays: Iterable[tuple[str, Mapping[str, Any]]],
    choices: Mapping[str, list[str]],
    place: str,
) -> dict[str, Any]:
    """Lay ``overlays`` (place, values) over ``settings``, later ones on top.

    Raises:
        UserError: unknown name, other type, a word that is no choice, a number out of range; the sentence names the
            place of the overlay that brought it.
    """
    resolved = dict(settings)
    for name, value in settings.items():
        check(name, value, value, choices, place)
    for where, overlay in overlays:
        for name, value in overlay.items():
            if name not in settings:
                raise UserError(f"{where}: unknown setting '{name}'{near_miss(name, settings)}")
            check(name, value, settings[name], choices, where)
            resolved[name] = float(value) if isinstance(settings[name], float) else value
    return resolved


def check(name: str, value: Any, like: Any, choices: Mapping[str, list[str]], where: str) -> None:
    """Refuse a value that is not like the published one."""
    if wrong := what_is_wrong(name, value, like, choices):
        raise UserError(f"{where}: '{name}: {shown(value)}' {wrong}")


def what_is_wrong(name: str, value: Any, like: Any, choices: Mapping[str, list[str]]) -> str:
    """Why a value does not fit, in words, or ``""``."""
    if name in choices and value not in choices[name]:
        return one_of(value, choices[name])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if type(value) is not type(like) and not (number and isinstance(like, float)):
        hint = number_hint(value, whole=isinstance(like, int)) if isinstance(like, (int, float)) else ""
        return f"must be {WORDS.get(type(like), type(like).__name__)}, like {shown(like)}{hint}"
    if isinstance(like, list) and like:
        for one in value:
            if wrong := what_is_wrong(name, one, like[0], {}):
                return f"holds {shown(one)}, which {wrong}"
    if number and not (math.isfinite(value) and value >= 0):
        return "must be a finite number, zero or more"
    if number and name in POSITIVE and value == 0:
        return "must be more than zero"
    if number and name in FRACTIONS and value >= 1:
        return "must be less than one"
    return ""
