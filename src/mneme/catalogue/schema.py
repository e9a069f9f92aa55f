"""The closed shapes of everything written in YAML: unknown keys and wrong types are refused where they stand."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _matching(pattern: str, words: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {words}")
        return value

    return AfterValidator(check)


Name = Annotated[str, _matching(r"[a-z0-9][a-z0-9_]{0,59}", "up to 60 lower-case letters, digits and underscores")]
"""A word that is safe in a path."""

MethodName = Annotated[str, _matching(r"[a-z0-9_]+(-[a-z0-9_]+)?", "a method, or method-variant, in lower case")]
"""``gan_memory``, or ``gan_memory-no_norm`` for its variant ``no_norm``."""

SolverName = Annotated[
    str, _matching(r"[a-z0-9_]+(-[a-z0-9_]+){0,2}", "a solver, as ewc or replay-METHOD, in lower case")
]
"""``ewc``, or ``replay-gan_memory-conditional`` for one that replays samples of a method."""

Checksum = Annotated[
    str, _matching(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}", "sha256: and 64 hexadecimal digits, or md5: and 32")
]
Digits = Annotated[str, _matching(r"sha256:[0-9a-f]{8,64}", "sha256: and its first 8 to 64 hexadecimal digits")]
"""Of weights that their publisher names after the beginning of their hash."""

Inside = Annotated[
    str,
    _matching(r"(?!\.)[\w.+-]+(/(?!\.)[\w.+-]+)*", "a path like folder/file.gz: no '..', nothing absolute or hidden"),
]
"""A place below ``data/downloads/``."""

Device = Annotated[str, _matching(r"auto|cpu|cuda(:\d+)?", "auto, cpu, cuda or cuda:N")]

Tier = Literal["smoke", "demo", "paper"]
Overlay = dict[str, Any]
"""Settings laid over others; their keys and types are checked against the method's own."""


def _unique(values: list) -> list:
    if repeated := sorted({str(value) for value in values if values.count(value) > 1}):
        raise ValueError(f"lists {', '.join(repeated)} twice")
    return values


Unique = AfterValidator(_unique)


def _digits(value: Any) -> Any:
    """``--config seeds='[0,1]'`` reaches us as a list of texts."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?\d+", value) else value


Seed = Annotated[int, BeforeValidator(_digits), Field(ge=0)]


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(Closed):
    path: Inside
    checksum: Checksum
    checksum_of: Literal["content", "file"] = "file"
    bytes: int | None = None
    mirrors: list[str] = []


class Weights(Closed):
    path: Inside
    checksum: Digits
    checksum_of: Literal["file"] = "file"
    bytes: int | None = None
    mirrors: list[str] = []


class Base(Closed):
    title: str = ""
    licence: str = ""
    homepage: str = ""
    size: int
    channels: Literal[1, 3]
    file: Weights | None = None
    own: str | None = None


Way = Literal["inverted", "rotated", "edges"]


class Dataset(Closed):
    of: Name | None = None
    derive: list[Way] = []
    format: Name
    title: str = ""
    licence: str = ""
    homepage: str = ""
    classes: list[str] | None = None
    channels: Literal[1, 3] | None = None
    flip: bool = False
    fit: Literal["pad", "crop", "squash"] = "crop"
    max_images: Annotated[int, Field(ge=1)] | None = None
    images: Annotated[int, Field(ge=1)] | None = None  # of both splits; only the forecast of disk asks for it
    min_images: Annotated[int, Field(ge=1)] = 8
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    one_class: bool = False
    subset: bool = False
    files: dict[str, File] = {}
    path: str | None = None
    obtain: str = ""


class Source(Closed):
    dataset: Name | None = None
    classes: Annotated[list[int | str], Field(min_length=1), Unique] | None = None


class StreamTask(Source):
    name: Name
    settings: Overlay = {}


class Stream(Closed):
    title: str = ""
    dataset: Name | None = None
    size: Literal[8, 16, 32, 64, 128, 256]
    channels: Literal[1, 3] | None = None
    base: Name = "trained"
    source: Source | None = None
    tasks: Annotated[list[StreamTask], Field(min_length=1)]
    settings: dict[Name, Overlay] = {}
    tiers: dict[Tier, dict[Name, Overlay]] = {}


class Method(Closed):
    module: Name
    settings: dict[str, Any]
    choices: dict[str, list[str]] = {}
    tiers: dict[Tier, Overlay] = {}
    variants: dict[Name, Overlay] = {}


class Solver(Method):
    """A classifier of the stream; the keys are those of a method."""


class Experiment(Closed):
    title: str
    stream: Name
    methods: Annotated[list[MethodName], Field(min_length=1), Unique]
    curves: Annotated[list[MethodName], Unique] = []
    reverse: Annotated[list[MethodName], Unique] = []
    evolution: Annotated[list[MethodName], Unique] = []
    solvers: Annotated[list[SolverName], Unique] = []
    artefacts: Annotated[list[Name], Unique]
    paper: Name | None = None


class Tiered(Closed):
    settings: dict[str, Any]
    tiers: dict[Tier, Overlay] = {}


class Evaluation(Closed):
    classifier: Tiered
    samples: Tiered
    reverse: Tiered
    evolution: Tiered
    styles: Tiered
    inception: File
    resnet18: File


class Catalogue(Closed):
    """Additions to ``config/`` in the user's own file, merged over what is there."""

    datasets: dict[Name, dict[str, Any]] = {}
    bases: dict[Name, dict[str, Any]] = {}
    streams: dict[Name, dict[str, Any]] = {}
    methods: dict[Name, dict[str, Any]] = {}
    solvers: dict[Name, dict[str, Any]] = {}
    experiments: dict[Name, dict[str, Any]] = {}
    papers: dict[Name, dict[str, Any]] = {}
    evaluation: dict[str, Any] = {}


class Config(Closed):
    """``config.yaml``."""

    tier: Tier = "demo"
    experiments: Annotated[list[Name], Field(min_length=1), Unique]
    papers: dict[Name, Annotated[list[Name], Field(min_length=1), Unique]] = {}
    seeds: Annotated[list[Seed], Field(min_length=1), Unique] = [0]
    mirror: str | None = None
    device: Device = "auto"
    gpu_slots: Annotated[int, BeforeValidator(_digits), Field(ge=1)] = 1
    save_every: Annotated[float, Field(gt=0)] = 120.0
    inception_weights: str | None = None
    resnet18_weights: str | None = None
    catalogue: Catalogue = Catalogue()
