"""The form of a claim. The vocabulary of predicates is closed, and nothing in the file is ever run."""

from typing import Any, Literal

from pydantic import Field, model_validator

from mneme.catalogue.fields import Tier
from mneme.catalogue.schema import Closed
from mneme.evaluation.measures import METRICS

DATA = "data"
OF_METHODS = ("method", "other", "lower", "higher", "baseline", "than")  # fields of predicates that name one

Metric = Literal[*METRICS]
Statistic = Literal[
    "final_mean", "forgetting", "backward_transfer", "earlier_mean", "newest", "weaker_side", "learned_mean"
]


class Compare(Closed):
    """``metric: fid`` means FID, or FID_clf where no Inception network was at hand."""

    metric: Metric
    statistic: Statistic
    lower: str
    higher: str
    after: int | None = None  # final_mean after this task instead of the last


class Close(Closed):
    metric: Metric
    statistic: Statistic
    method: str
    other: str


class AlongStream(Closed):
    metric: Metric
    lower: str
    higher: str


class Identical(Closed):
    method: str


class Bound(Closed):
    """``newest_above``: of the last task, so that a model which learns nothing does not count as one that forgets."""

    metric: Metric
    statistic: Statistic
    method: str
    below: float | None = None
    above: float | None = None
    newest_above: float | None = None
    after: int | None = None

    @model_validator(mode="after")
    def _some(self) -> "Bound":
        if self.below is None and self.above is None:
            raise ValueError("needs 'below', 'above', or both")
        return self


class Value(Closed):
    metric: Metric
    statistic: Statistic
    method: str
    published: float
    after: int | None = None


class EndsLower(Closed):
    lower: str
    higher: str


class Faster(Closed):
    method: str
    baseline: str


class Parameters(Closed):
    method: str
    share: float


class Added(Closed):
    method: str
    shares: list[float] | None = None


class LowRank(Closed):
    energy: float = Field(gt=0, le=1)
    share: float | None = None


class Truncated(Closed):
    energy: float = Field(gt=0, le=1)


class MovesLess(Closed):
    method: str
    other: str


class Counted(Closed):
    """Of the published network: ``total``, numbers after so many tasks; ``added``, by the last of them; ``layer``, what
    another task adds to most layers where filters are generated."""

    method: str
    what: Literal["total", "added", "layer"]
    after: int = Field(2, ge=1, le=20)
    published: float


class Restored(Closed):
    """``below``: share of the translator before the last task that has to be kept beside the one after it."""

    method: str
    below: float = Field(gt=0, le=1)


class GrowsLess(Closed):
    method: str
    other: str


class BelowLinear(Closed):
    method: str


class ReuseRises(Closed):
    method: str


class MaskPhases(Closed):
    method: str


class Smaller(Closed):
    """``than``: another method, or :data:`DATA`, the training images of all tasks."""

    what: Literal["generator", "weights", "masks", "total", "total_packed"]
    method: str
    than: str


class Predicate(Closed):
    """Exactly one of the vocabulary."""

    compare: Compare | None = None
    close: Close | None = None
    along_stream: AlongStream | None = None
    identical: Identical | None = None
    bound: Bound | None = None
    value: Value | None = None
    ends_lower: EndsLower | None = None
    faster: Faster | None = None
    parameters: Parameters | None = None
    added: Added | None = None
    low_rank: LowRank | None = None
    truncated: Truncated | None = None
    moves_less: MovesLess | None = None
    counted: Counted | None = None
    restored: Restored | None = None
    grows_less: GrowsLess | None = None
    below_linear: BelowLinear | None = None
    reuse_rises: ReuseRises | None = None
    mask_phases: MaskPhases | None = None
    smaller: Smaller | None = None

    @model_validator(mode="after")
    def _one(self) -> "Predicate":
        if len(self.model_fields_set) != 1:
            raise ValueError(f"needs exactly one of: {', '.join(type(self).model_fields)}")
        return self

    @property
    def chosen(self) -> tuple[str, Any]:
        (name,) = self.model_fields_set
        return name, getattr(self, name)


class Needs(Closed):
    """Where the claim can be asked at all; an empty list of tiers or streams means anywhere.

    ``drawn``: share of images, after the last task, on which a rival shows the class it was asked for; below it its
    distance to the real images of that class says nothing but that.
    """

    tiers: list[Tier] = Field(default=[])
    streams: list[str] = Field(default=[])
    methods: list[str] = Field(min_length=1)
    drawn: float | None = None


class Claim(Closed):
    id: str
    paper: str
    where: str
    statement: str
    published: str
    needs: Needs
    predicate: Predicate
    tolerance: float = Field(0.0, ge=0)  # relative

    def methods(self) -> list[str]:
        """Methods that the predicate is about."""
        fields = self.predicate.chosen[1].model_dump(include=set(OF_METHODS))
        return [method for method in fields.values() if method != DATA]
