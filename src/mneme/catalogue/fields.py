"""Kinds of values that YAML files hold, each with the words that say what is allowed."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field


def _matching(pattern: str, words: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


def _unique(values: list) -> list:
    if repeated := sorted({str(value) for value in values if values.count(value) > 1}):
        raise ValueError(f"lists {', '.join(repeated)} twice")
    return values


def _to_int(value: Any) -> Any:
    """``--config seeds='[0,1]'`` arrives as a list of strings."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value


# A word that is safe in a path.
Name = Annotated[str, _matching(r"[a-z0-9][a-z0-9_]{0,59}", "up to 60 lower-case letters, digits and underscores")]

# ``gan_memory``, or ``gan_memory-no_norm`` for its variant ``no_norm``; ``replay-gan_memory-conditional`` for a method
# that replays samples of another.
MethodName = Annotated[
    str, _matching(r"[a-z0-9_]+(-[a-z0-9_]+){0,2}", "a method, method-variant or replay-METHOD, in lower case")
]

Checksum = Annotated[
    str, _matching(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", "sha256: and 64 hexadecimal digits, or md5: and 32")
]

# Of published weights whose file name holds only the beginning of the hash, as PyTorch's model zoo names them.
ChecksumPrefix = Annotated[str, _matching(r"sha256:[0-9a-f]{8,64}", "sha256: and its first 8 to 64 hexadecimal digits")]

# A path below ``data/downloads/``.
RelativePath = Annotated[
    str,
    _matching(r"(?!\.)[\w.+-]+(/(?!\.)[\w.+-]+)*", "a path like folder/file.gz: no '..', nothing absolute or hidden"),
]

Device = Annotated[str, _matching(r"auto|cpu|cuda(:\d+)?", "auto, cpu, cuda or cuda:N")]

Tier = Literal["smoke", "demo", "night", "paper"]

Derivation = Literal["inverted", "rotated", "edges", "blurred", "posterised"]

Direction = Literal["left_to_right", "right_to_left"]
"""Which half of a picture is given, and which one is the target."""

Side = Literal[Direction, "left", "right"]
"""The same, or the only half that is kept."""


Within = Literal["above_zero", "two_or_more", "share", "below_one"]
"""What a number may be that is zero or more (``mneme.catalogue.resolve.RANGES``)."""


def _to_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


# Names of folders; one needs no list.
Folders = Annotated[list[str], BeforeValidator(_to_list)]

Channels = Literal[1, 3]

# Settings laid over others; names and types are checked against the method's own.
Overlay = dict[str, Any]

Unique = AfterValidator(_unique)

Positive = Annotated[int, Field(ge=1)]


def _size(value: int) -> int:
    if value < 8 or value % 4:
        raise ValueError("must be a multiple of 4, from 8 on")
    return value


# The side of a stream's images, in pixels.
Size = Annotated[int, AfterValidator(_size)]

# The first and the last of a sorted list, from 1 on.
Range = Annotated[list[Positive], Field(min_length=2, max_length=2)]

Slots = Annotated[int, BeforeValidator(_to_int), Field(ge=1)]

Seed = Annotated[int, BeforeValidator(_to_int), Field(ge=0)]
