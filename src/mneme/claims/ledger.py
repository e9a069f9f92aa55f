"""The claims ledger: what a paper states, asked of what was just measured.

A claim that fails is a result, not an error.
"""

from typing import Any, Literal, NamedTuple

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.predicates import PREDICATES
from mneme.claims.schema import Claim

Verdict = Literal["reproduced", "not reproduced", "observed (1 seed)", "not observed (1 seed)", "undecided", "not run"]
COMPARISONS = (
    "compare",
    "close",
    "along_stream",
    "ends_lower",
    "faster",
    "moves_less",
    "grows_less",
    "smaller",
)  # of two trained models
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
    ``observed`` or ``not observed``. Seeds that contradict each other leave an ordering ``undecided``: the means then
    differ by no more than chance may do. Where the claim cannot be asked the verdict is ``not run``, and ``measured``
    says why.
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
    verdict, found = _ask(claim, evidence)
    if verdict == "not run":
        return Decision(claim, verdict, found)
    seeds = evidence.seeds()
    alone = [_ask(claim, evidence.of_seed(seed))[0] for seed in seeds] if len(seeds) > 1 else [verdict]
    asked = [word for word in alone if word != "not run"]
    if {"reproduced", "not reproduced"} <= set(asked) and claim.predicate.chosen[0] in ORDERINGS:
        found = f"{found}; so in {asked.count('reproduced')} of {len(asked)} seeds"
        return Decision(claim, "undecided", found, len(asked))
    if len(asked) < 2 and claim.predicate.chosen[0] in COMPARISONS and verdict != "undecided":
        verdict = "observed (1 seed)" if verdict == "reproduced" else "not observed (1 seed)"
    return Decision(claim, verdict, found, len(asked))


def _ask(claim: Claim, evidence: Evidence) -> tuple[Verdict, str]:
    """The verdict on what is there, and what was found."""
    name, fields = claim.predicate.chosen
    try:
        finding = PREDICATES[name](evidence, fields, claim.tolerance)
    except NotMeasuredError as missing:
        return "not run" if missing.holds is None else "not reproduced", str(missing)
    if finding.holds is None:
        return "undecided", finding.measured
    return "reproduced" if finding.holds else "not reproduced", finding.measured
