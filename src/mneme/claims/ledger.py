"""The claims ledger: what a paper states, asked of what was just measured.

A claim that fails is a result, not an error. Claims are data: ``config/claims/<paper>.yaml``.
"""

from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml
from pydantic import ValidationError

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.predicates import PREDICATES
from mneme.claims.schema import Claim, Needs, Predicate
from mneme.errors import UserError, near_miss

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


def load(path: Path) -> list[Claim]:
    """The claims of a paper.

    Raises:
        UserError: no such file, not YAML, an unknown or missing key, a wrong type, or an id that occurs twice.
    """
    try:
        entries = yaml.safe_load(Path(path).read_text())
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(entries, list):
        raise UserError(f"{path}: must be a list of claims, each with {', '.join(Claim.model_fields)}")
    claims = [_claim(entry, f"{path}: claim {place}") for place, entry in enumerate(entries, 1)]
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            raise UserError(f"{path}: the id '{name}' occurs twice; give every claim its own")
    return claims


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


def _claim(entry: Any, place: str) -> Claim:
    try:
        return Claim.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(part) for part in first["loc"]]
        where = f"{place} ({entry['id']})" if isinstance(entry, dict) and "id" in entry else place
        where += f": {'.'.join(keys)}" if keys else ""
        if first["type"] == "extra_forbidden":
            raise UserError(f"{where}: unknown key{near_miss(keys[-1], _known(keys[:-1]))}") from None
        if first["type"] == "literal_error":
            known = [word.strip("'") for word in first["ctx"]["expected"].replace(" or ", ", ").split(", ")]
            raise UserError(f"{where}: '{first['input']}' is not known{near_miss(first['input'], known)}") from None
        raise UserError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def _known(keys: list[str]) -> list[str]:
    """The keys allowed at a place in a claim."""
    if keys[:1] == ["predicate"] and len(keys) == 2:
        (model,) = (part for part in Predicate.model_fields[keys[1]].annotation.__args__ if part is not type(None))
        return list(model.model_fields)
    return list({"predicate": Predicate, "needs": Needs}.get(keys[0] if keys else "", Claim).model_fields)
