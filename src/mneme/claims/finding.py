"""What a predicate finds."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Whether a predicate holds, None if the measurement cannot tell, and the measured numbers in words.

    ``margins``: by how much each of its conditions holds, below 0 where one does not; of predicates on numbers that
    vary from one training to the next.
    """

    holds: bool | None
    measured: str
    margins: tuple[float, ...] = ()
