"""The claims ledger: what a paper states, asked of what was just measured.

A claim that fails is a result, not an error.
"""

from typing import Any, Literal, NamedTuple

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.predicates import PREDICATES
from mneme.claims.schema import Claim

Verdict = Literal["reproduced", "not reproduced", "not run"]


class Judgement(NamedTuple):
    """A claim with its verdict; ``measured`` says what was found, or why nothing was."""

    claim: Claim
    verdict: Verdict
    measured: str

    def to_dict(self) -> dict[str, Any]:
        fields = self.claim.model_dump(include={"id", "paper", "where", "statement", "published", "tolerance"})
        return {
            **fields,
            "predicate": self.claim.predicate.chosen[0],
            "verdict": self.verdict,
            "measured": self.measured,
        }


def judge(claim: Claim, evidence: Evidence, tier: str) -> Judgement:
    """Ask one claim of the evidence. Where it cannot be asked the verdict is ``not run``, and ``measured`` says why."""
    quality = evidence.quality
    measured = set(quality["method"]) | set(evidence.curve["method"])
    streams = set(quality["stream"])
    lacking = [method for method in claim.needs.methods if method not in measured]
    if claim.needs.tiers and tier not in claim.needs.tiers:
        return Judgement(claim, "not run", f"not run at this tier: needs {' or '.join(claim.needs.tiers)}")
    if claim.needs.streams and not streams & set(claim.needs.streams):
        return Judgement(claim, "not run", f"not run on this stream: needs {' or '.join(claim.needs.streams)}")
    if lacking:
        return Judgement(claim, "not run", f"not run in this experiment: needs {', '.join(lacking)}")
    name, fields = claim.predicate.chosen
    try:
        finding = PREDICATES[name](evidence, fields, claim.tolerance)
    except NotMeasuredError as missing:
        return Judgement(claim, "not run" if missing.holds is None else "not reproduced", str(missing))
    return Judgement(claim, "reproduced" if finding.holds else "not reproduced", finding.measured)
