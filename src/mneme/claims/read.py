"""Claims are data, ``config/claims/<paper>.yaml``: read, and refused where they do not fit."""

from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mneme.catalogue import plain_yaml
from mneme.claims.schema import Claim, Needs, Predicate
from mneme.errors import UserError, near_miss


@cache
def load(path: Path) -> list[Claim]:
    """The claims of a paper.

    Raises:
        UserError: no such file, not YAML, an unknown or missing key, a wrong type, or an id that occurs twice.
    """
    entries = plain_yaml.read(path)
    if not isinstance(entries, list):
        raise UserError(f"{path}: must be a list of claims, each with {', '.join(Claim.model_fields)}")
    claims = [_claim(entry, f"{path}: claim {place}") for place, entry in enumerate(entries, 1)]
    ids = [claim.id for claim in claims]
    for name in ids:
        if ids.count(name) > 1:
            raise UserError(f"{path}: the id '{name}' occurs twice; give every claim its own")
    return claims


def _claim(entry: Any, place: str) -> Claim:
    try:
        return Claim.model_validate(entry)
    except ValidationError as error:
        first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")  # slips first
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
