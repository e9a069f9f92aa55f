"""Settings of one job: the published ones, then overlay upon overlay, each checked against them.

A method's YAML file declares every setting with its published value; an overlay may change a value but neither add a
name nor change a type.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from mneme.errors import UserError, near_miss
from mneme.plan.catalogue import looks_like_number

POSITIVE = ("steps", "batch", "lr", "width", "noise", "threads", "features", "n", "grid", "kid_subsets")


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
    if name in choices and value not in choices[name]:
        raise UserError(
            f"{where}: '{name}: {value}' must be one of {', '.join(choices[name])}{near_miss(value, choices[name])}"
        )
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(like, float) and number:
        pass
    elif type(value) is not type(like):
        hint = f"; write a number with a point, like {float(value):.1e}" if _numeric_text(value, like) else ""
        raise UserError(f"{where}: '{name}: {value!r}' must be {words(like)}, like {like!r}{hint}")
    if number and not (math.isfinite(value) and value >= 0):
        raise UserError(f"{where}: '{name}: {value}' must be a finite number, zero or more")
    if number and name in POSITIVE and value == 0:
        raise UserError(f"{where}: '{name}: {value}' must be more than zero")


def _numeric_text(value: Any, like: Any) -> bool:
    return isinstance(value, str) and isinstance(like, (int, float)) and looks_like_number(value)


def words(like: Any) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a word"}.get(
        type(like), type(like).__name__
    )
