"""A paper as data: how its methods look in print, the numbers it prints, and what it claims."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from mneme.catalogue.fields import MethodName, Name
from mneme.catalogue.schema import Closed, Entry
from mneme.data.stream import Stream
from mneme.evaluation.measures import METRICS, SHARES

ADDED = "added"  # what a task adds to a compressed chain, as a share of its uncompressed parameters
PARAMETERS = "parameters"  # of the whole model after each task, in millions; after 0 tasks: at the start
ON_DISK = ("weights_mb", "masks_mb")  # of a generator with masks, in millions of bytes
Metric = Literal[*METRICS, ADDED, PARAMETERS, *ON_DISK]
Colour = Annotated[str, Field(pattern="^#[0-9A-Fa-f]{6}$")]


class Look(Closed):
    """How a method is drawn.

    Attributes:
        bound: an upper bound, which has all data at once or a whole network a task.
        compression: what the method is in a comparison of compressed chains.
    """

    label: str
    colour: Colour
    marker: Annotated[str, Field(min_length=1, max_length=1)]
    bound: bool = False
    compression: Literal["compressed", "nothing cut", "uncompressed"] | None = None


class Published(Closed):
    """Numbers in print, and the data they were measured on.

    Attributes:
        dataset: of all tasks, or that of each task in order.
        classes: of each task.
        after: the number of tasks learned; None where the metric is asked after the last one.
        values: by method; a list counts tasks.
    """

    id: Name
    where: str
    dataset: Name | list[Name]
    size: int
    classes: int = 1
    metric: Metric
    after: int | None = None
    values: dict[MethodName, float | list[float]]
    note: str = ""

    def fits(self, stream: Stream) -> bool:
        """Whether a stream is made of the same data: dataset, size, and classes of every task."""
        datasets = [self.dataset] * len(stream) if isinstance(self.dataset, str) else self.dataset
        same = [task.dataset for task in stream] == datasets and all(len(t.labels) == self.classes for t in stream)
        return same and stream.size == self.size

    def printed(self) -> dict[str, Any]:
        """The numbers as they are in print: shares in per cent."""
        scale = 100 if self.metric in (*SHARES, ADDED) else 1
        return {
            method: [scale * one for one in value] if isinstance(value, list) else scale * value
            for method, value in self.values.items()
        }


class Paper(Entry):
    """One file of ``config/papers/``; the claims are read by :mod:`mneme.claims.read`."""

    title: str
    methods: dict[MethodName, Look]
    published: list[Published] = Field(default=[])
    claims: list[dict[str, Any]] = Field(default=[])

    @field_validator("published")
    @classmethod
    def _once(cls, entries: list[Published]) -> list[Published]:
        ids = [entry.id for entry in entries]
        if repeated := [name for name in ids if ids.count(name) > 1]:
            raise ValueError(f"has the id '{repeated[0]}' twice; give every entry its own")
        return entries


def looks(papers: Iterable[Paper], names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """How the named methods look, in the order of print; a classifier that replays a method looks like it."""
    wanted = {name.removeprefix("replay-") for name in names}
    return {
        name: look.model_dump(exclude_defaults=True)
        for paper in papers for name, look in paper.methods.items() if name in wanted
    }  # fmt: skip


def fitting(papers: Iterable[Paper], stream: Stream) -> list[Mapping[str, Any]]:
    """The published numbers that were measured on the data of a stream."""
    return [entry.model_dump() for paper in papers for entry in paper.published if entry.fits(stream)]
