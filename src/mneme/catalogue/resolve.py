"""Settings of one job: the published ones, with overlays laid over them in order.

A method's YAML file declares every setting with its published value. An overlay may change a value; it may not add a
name or change a type.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mneme.catalogue.explain import number_hint, one_of, shown
from mneme.errors import UserError, near_miss

WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}
RANGES = {  # beside zero or more, which holds for every number
    "above_zero": (lambda value: value > 0, "must be more than zero"),
    "two_or_more": (lambda value: value >= 2, "must be at least 2"),
    "share": (lambda value: value <= 1, "must be a share, from 0 to 1"),
    "below_one": (lambda value: value < 1, "must be less than one"),
}
EVERYWHERE = dict.fromkeys(("steps", "batch", "lr", "threads"), "above_zero")  # whoever has them


def resolve(
    settings: Mapping[str, Any],
    overlays: Iterable[tuple[str, Mapping[str, Any]]],
    choices: Mapping[str, list[str]],
    ranges: Mapping[str, str],
    location: str,
) -> dict[str, Any]:
    """Lay overlays over settings, later ones on top.

    Args:
        settings: name -> published value, which fixes the type.
        overlays: (location, values) pairs.
        choices: name -> allowed words, of settings that are words.
        ranges: name -> a key of RANGES, of numbers for which zero or more is not enough.
        location: where the settings are written.

    Raises:
        UserError: an unknown name, another type, a word that is not among the choices, or a number out of range; begins
            with the location of the overlay at fault.
    """
    resolved = dict(settings)
    for where, overlay in [(location, settings), *overlays]:
        for name, value in overlay.items():
            if name not in settings:
                raise UserError(f"{where}: unknown setting '{name}'{near_miss(name, settings)}")
            if reason := why_refused(name, value, settings[name], choices, ranges):
                raise UserError(f"{where}: '{name}: {shown(value)}' {reason}")
            resolved[name] = float(value) if isinstance(settings[name], float) else value
    return resolved


def why_refused(name: str, value: Any, like: Any, choices: Mapping[str, list[str]], ranges: Mapping[str, str]) -> str:
    """Why a value does not fit the published one, in words; ``""`` if it does."""
    if name in choices and value not in choices[name]:
        return one_of(value, choices[name])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if type(value) is not type(like) and not (number and isinstance(like, float)):
        hint = number_hint(value, whole=isinstance(like, int)) if isinstance(like, (int, float)) else ""
        return f"must be {WORDS.get(type(like), type(like).__name__)}, like {shown(like)}{hint}"
    if isinstance(like, list) and like:
        for one in value:
            if reason := why_refused(name, one, like[0], {}, ranges):
                return f"holds {shown(one)}, which {reason}"
    if number and not (math.isfinite(value) and value >= 0):
        return "must be a finite number, zero or more"
    for word in filter(None, (EVERYWHERE.get(name), ranges.get(name))) if number else ():
        fits, sentence = RANGES[word]
        if not fits(value):
            return sentence
    return ""
