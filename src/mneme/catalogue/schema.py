"""What may be written in YAML: a model for each kind of entry. Unknown keys and wrong types are errors.

The keys of datasets, streams and experiments are explained in ``docs/``; a test compares.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from mneme.catalogue.fields import (
    Channels,
    Checksum,
    ChecksumPrefix,
    Derivation,
    Device,
    Direction,
    Folders,
    MethodName,
    Name,
    Overlay,
    Positive,
    Range,
    RelativePath,
    Seed,
    Side,
    Size,
    Slots,
    Tier,
    Unique,
    Within,
)
from mneme.data.stream import Kind


class Closed(BaseModel):
    """No unknown keys, no conversion between types, read-only."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Entry(Closed):
    """What every entry of the catalogue may say.

    Attributes:
        of: another entry of the same kind, whose keys hold here too where they are not given.
        abstract: it exists only for others to be ``of`` it, and cannot be asked for itself.
    """

    of: Name | None = None
    abstract: bool = False


# ---- datasets --------------------------------------------------------------------------------------------------------


class File(Closed):
    """A published file, as it is fetched and verified."""

    path: RelativePath
    checksum: Checksum
    checksum_of: Literal["content", "file"] = "file"
    bytes: int | None = None
    mirrors: list[str] = []


class Published(Entry):
    """What to know of an entry that others made."""

    title: str = ""
    licence: str = ""
    homepage: str = ""


class Dataset(Published):
    """An entry of ``config/datasets.yaml``."""

    derive: list[Derivation] = []
    given_by: list[Derivation] = []
    direction: Side | None = None
    given: Folders = []
    target: Folders = []
    paired: bool = False
    format: Name
    classes: list[str] | None = None
    channels: Channels | None = None
    flip: bool = False
    fit: Literal["pad", "crop", "squash"] = "crop"
    max_images: Positive | None = None
    images: Positive | None = None  # of both splits; only the forecast of disk asks for it
    min_images: Positive = 8
    train: Folders = []
    test: Folders = []
    take: Range | None = None
    test_take: Range | None = None
    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] | None = None
    one_class: bool = False
    subset: bool = False
    files: dict[str, File] = {}
    path: str | None = None
    obtain: str = ""

    @property
    def kind(self) -> Kind:
        """What its tasks are: with given images of its own, of pairs or not, they translate."""
        if self.direction in get_args(Direction) or self.given_by or (self.given and self.paired):
            return "paired"
        return "unpaired" if self.given else "label"


# ---- base GANs that others trained -----------------------------------------------------------------------------------


class Weights(File):
    """A published file of weights; often only the first digits of its hash are known."""

    checksum: ChecksumPrefix
    checksum_of: Literal["file"] = "file"


class Base(Published):
    """An entry of ``config/bases.yaml``."""

    size: int
    channels: Channels
    file: Weights | None = None
    own: str | None = None


# ---- streams ---------------------------------------------------------------------------------------------------------


class Source(Closed):
    """The images that a stream's base GAN is trained on."""

    dataset: Name | None = None
    classes: Annotated[list[int | str], Field(min_length=1), Unique] | None = None


class StreamTask(Source):
    """A task of a stream; ``given`` names the dataset of its given images, where it is not its own."""

    name: Name
    given: Name | None = None
    settings: Overlay = {}


class Stream(Entry):
    """``config/streams/<name>.yaml``."""

    title: str = ""
    dataset: Name | None = None
    size: Size
    load_size: Positive | None = None
    hold_out: bool = True
    channels: Channels | None = None
    base: Name = "trained"
    source: Source | None = None
    tasks: Annotated[list[StreamTask], Field(min_length=1)]
    settings: dict[Name, Overlay] = {}
    tiers: dict[Tier, dict[Name, Overlay]] = {}


# ---- methods ---------------------------------------------------------------------------------------------------------


class Method(Entry):
    """``config/methods/<family>/<name>.yaml``; the module is called like the file."""

    settings: dict[str, Any]
    choices: dict[str, list[str]] = {}
    ranges: dict[str, Within] = {}
    at_most: dict[str, str] = {}
    keeps_by: list[str] = []
    tiers: dict[Tier, Overlay] = {}
    variants: dict[Name, Overlay] = {}


# ---- experiments -----------------------------------------------------------------------------------------------------


class Experiment(Entry):
    """``config/experiments/<name>.yaml``.

    Attributes:
        tasks: it looks at so many tasks of the stream, the first ones; None for all.
        bounds_after: tasks after which methods are trained that see all data and start afresh, beside the last one;
            None for every task.
        artefacts: names of notebooks; the picture of the first one leads on the page of results.
    """

    title: str
    stream: Name
    tasks: Positive | None = None
    bounds_after: Annotated[list[Positive], Unique] | None = None
    methods: Annotated[list[MethodName], Field(min_length=1), Unique]
    probes: dict[Name, Annotated[list[MethodName], Unique]] = {}
    artefacts: Annotated[list[Name], Unique]
    paper: Name | None = None


# ---- evaluation ------------------------------------------------------------------------------------------------------


class Tiered(Closed):
    """Settings of a part of the evaluation, with overlays for tiers."""

    settings: dict[str, Any]
    ranges: dict[str, Within] = {}
    tiers: dict[Tier, Overlay] = {}


class Evaluation(Closed):
    """``config/evaluation.yaml``."""

    classifier: Tiered
    samples: Tiered
    reverse: Tiered
    evolution: Tiered
    styles: Tiered
    inception: File
    resnet18: File


# ---- the user's config -----------------------------------------------------------------------------------------------


class Catalogue(Closed):
    """Additions to ``config/`` in the user's own file, merged over what is there."""

    datasets: dict[Name, dict[str, Any]] = {}
    bases: dict[Name, dict[str, Any]] = {}
    streams: dict[Name, dict[str, Any]] = {}
    methods: dict[Name, dict[str, Any]] = {}
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
    gpu_slots: Slots = 1
    save_every: Annotated[float, Field(gt=0)] = 120.0
    inception_weights: str | None = None
    resnet18_weights: str | None = None
    method_folders: Annotated[list[str], Unique] = []
    catalogue: Catalogue = Catalogue()
