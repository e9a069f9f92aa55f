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
FRACTIONS = ("ema",)
SHARES = ("ratio", "share", "solver_fakes")
POSITIVE = (
    *("steps", "batch", "lr", "width", "noise", "threads", "features", "n", "grid", "points", "kid_subsets"),
    *("classes", "fisher_images", "fisher_samples", "r1_every", "penalty_every", "interval", "critic_steps", "s_max"),
    *("critic_width", "patch_width", "hidden", "k", "rows", "tries"),
)
AT_LEAST = {"columns": 2}  # both ends of an interpolation
POSITIVE_WHOLE = ("cycle",)  # batches of an epoch; a weight of the same name is no whole number, and may be 0


def resolve(
    settings: Mapping[str, Any],
    overlays: Iterable[tuple[str, Mapping[str, Any]]],
    choices: Mapping[str, list[str]],
    location: str,
) -> dict[str, Any]:
    """Lay overlays over settings, later ones on top.

    Args:
        settings: name -> published value, which fixes the type.
        overlays: (location, values) pairs.
        choices: name -> allowed words, of settings that are words.
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
            if reason := why_refused(name, value, settings[name], choices):
                raise UserError(f"{where}: '{name}: {shown(value)}' {reason}")
            resolved[name] = float(value) if isinstance(settings[name], float) else value
    return resolved


def why_refused(name: str, value: Any, like: Any, choices: Mapping[str, list[str]]) -> str:
    """Why a value does not fit the published one, in words; ``""`` if it does."""
    if name in choices and value not in choices[name]:
        return one_of(value, choices[name])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if type(value) is not type(like) and not (number and isinstance(like, float)):
        hint = number_hint(value, whole=isinstance(like, int)) if isinstance(like, (int, float)) else ""
        return f"must be {WORDS.get(type(like), type(like).__name__)}, like {shown(like)}{hint}"
    if isinstance(like, list) and like:
        for one in value:
            if reason := why_refused(name, one, like[0], {}):
                return f"holds {shown(one)}, which {reason}"
    if number and not (math.isfinite(value) and value >= 0):
        return "must be a finite number, zero or more"
    if number and value == 0 and (name in POSITIVE or (name in POSITIVE_WHOLE and isinstance(like, int))):
        return "must be more than zero"
    if number and value < (least := AT_LEAST.get(name, 0)):
        return f"must be at least {least}"
    if number and name in SHARES and value > 1:
        return "must be a share, from 0 to 1"
    if number and name in FRACTIONS and value >= 1:
        return "must be less than one"
    return ""
