"""The claims ledger: what a paper states, asked of what was just measured.

A claim that fails is a result, not an error.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import stats

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.predicates import PREDICATES
from mneme.claims.schema import Claim

Verdict = Literal["reproduced", "not reproduced", "observed (1 seed)", "not observed (1 seed)", "undecided", "not run"]
# Of two trained models.
COMPARISONS = ("compare", "close", "along_stream", "ends_lower", "faster", "moves_less", "grows_less", "smaller")
ORDERINGS = (*COMPARISONS, "bound")


class Decision(NamedTuple):
    """A claim with its verdict; ``measured`` says what was found, or why nothing was; ``seeds`` how many were asked."""

    claim: Claim
    verdict: Verdict
    measured: str
    seeds: int = 0

    def to_dict(self) -> dict[str, Any]:
        fields = self.claim.model_dump(include={"id", "paper", "where", "statement", "published", "tolerance"})
        return {
            **fields,
            "predicate": self.claim.predicate.chosen[0],
            "verdict": self.verdict,
            "measured": self.measured,
            "seeds": self.seeds,
        }


def decide(claim: Claim, evidence: Evidence, tier: str) -> Decision:
    """Ask one claim of the means over seeds, then of each seed alone.

    A comparison of two trained models decides nothing with one seed: training it again may turn it around. It is then
    ``observed`` or ``not observed``. With more, the margin by which it holds is taken in each seed, so that methods are
    compared on the same data and evaluator, and an ordering is decided where the interval of its mean
    (:func:`interval`) has no zero in it; else it is ``undecided``, as it is where a seed diverged and others did not.
    Where the claim cannot be asked the verdict is ``not run``, and ``measured`` says why.
    """
    quality = evidence.quality
    measured = set(quality["method"]) | set(evidence.curve["method"])
    streams = set(quality["stream"])
    lacking = [method for method in claim.needs.methods if method not in measured]
    if claim.needs.tiers and tier not in claim.needs.tiers:
        return Decision(claim, "not run", f"not run at this tier: needs {' or '.join(claim.needs.tiers)}")
    if claim.needs.streams and not streams & set(claim.needs.streams):
        return Decision(claim, "not run", f"not run on this stream: needs {' or '.join(claim.needs.streams)}")
    if lacking:
        return Decision(claim, "not run", f"not run in this experiment: needs {', '.join(lacking)}")
    whole = _ask(claim, evidence)
    if whole.verdict == "not run":
        return Decision(claim, whole.verdict, whole.measured)
    seeds, name = evidence.seeds(), claim.predicate.chosen[0]
    alone = [_ask(claim, evidence.of_seed(seed)) for seed in seeds] if len(seeds) > 1 else [whole]
    asked = [one for one in alone if one.verdict != "not run"]
    margins = [one.margin for one in asked if one.margin is not None]
    verdict, found = whole.verdict, whole.measured
    if len(asked) < 2:
        if name in COMPARISONS and verdict != "undecided":
            verdict = "observed (1 seed)" if verdict == "reproduced" else "not observed (1 seed)"
    elif name in ORDERINGS:
        held = sum(one.verdict == "reproduced" for one in asked)
        contradictory = 0 < held < len(asked)
        if len(margins) == len(asked):
            low, high = interval(margins)
            found += f"; margin {low:.3g} to {high:.3g}, 95 % interval of {len(asked)} seeds"
            verdict = "reproduced" if low > 0 else "not reproduced" if high <= 0 else "undecided"
        elif contradictory:
            verdict = "undecided"
        found += f"; so in {held} of {len(asked)} seeds" if contradictory else ""
    return Decision(claim, verdict, found, len(asked))


def interval(margins: Sequence[float]) -> tuple[float, float]:
    """The 95 % confidence interval of a mean, by Student's t with n - 1 degrees of freedom.

    Args:
        margins: of two seeds or more, taken as independent and normal.
    """
    values = np.asarray(margins)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5
    return float(values.mean() - half), float(values.mean() + half)


class Answer(NamedTuple):
    """What one look at the tables says."""

    verdict: Verdict
    measured: str
    margin: float | None = None


def _ask(claim: Claim, evidence: Evidence) -> Answer:
    """The verdict on what is there, and what was found."""
    name, fields = claim.predicate.chosen
    try:
        finding = PREDICATES[name](evidence, fields, claim.tolerance)
    except NotMeasuredError as missing:
        return Answer("not run" if missing.holds is None else "not reproduced", str(missing))
    verdict = "undecided" if finding.holds is None else "reproduced" if finding.holds else "not reproduced"
    return Answer(verdict, finding.measured, finding.margin)
