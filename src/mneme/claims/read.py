"""Claims are data, ``claims:`` of ``config/papers/<paper>.yaml``: checked, with the published numbers filled in."""

from collections.abc import Mapping
from typing import Any

from mneme.catalogue.explain import parse
from mneme.catalogue.paper import Paper, Published
from mneme.claims.schema import Claim
from mneme.errors import UserError, near_miss


def claims(paper: Paper, name: str, place: str) -> list[Claim]:
    """The claims of a paper.

    Args:
        name: of the paper, which each claim carries.
        place: where the paper is written, for messages.

    Raises:
        UserError: an unknown or missing key, a wrong type, an id that occurs twice, or numbers that were not published.
    """
    published = {entry.id: entry for entry in paper.published}
    found = []
    for number, entry in enumerate(paper.claims, 1):
        where = f"{place}: claim {number} ({entry['id']})" if "id" in entry else f"{place}: claim {number}"
        source = entry.get("numbers")
        if source is not None and source not in published:
            raise UserError(f"{where}: numbers: '{source}' is not in 'published:'{near_miss(source, published)}")
        found.append(parse(Claim, _filled({"paper": name, **entry}, published.get(source), where), where))
    ids = [claim.id for claim in found]
    if repeated := [one for one in ids if ids.count(one) > 1]:
        raise UserError(f"{place}: claims: the id '{repeated[0]}' occurs twice; give every claim its own")
    return found


def _filled(entry: dict[str, Any], source: Published | None, where: str) -> Mapping[str, Any]:
    """A claim with the numbers it refers to: in its texts, and where its predicate compares with them."""
    if source is None:
        return entry
    entry = {key: value for key, value in entry.items() if key != "numbers"}
    try:
        for text in ("statement", "published"):
            if isinstance(entry.get(text), str):
                entry[text] = entry[text].format(**source.printed())
        match entry.get("predicate"):
            case {"value": {"method": str(method), **more}}:
                number = {"metric": source.metric, "statistic": "final_mean", "published": source.values[method]}
                entry["predicate"] = {"value": {**number, "after": source.after, "method": method, **more}}
            case {"counted": {"method": str(method), "what": "total" | "added" as what, **more}}:
                after = more.get("after", 2)
                told = [0, *source.values[method]]
                number = told[after] - (told[after - 1] if what == "added" else 0)
                entry["predicate"] = {"counted": {"method": method, "what": what, "published": 1e6 * number, **more}}
            case {"added": {"method": str(method), "shares": "published"} as fields}:
                entry["predicate"] = {"added": {**fields, "shares": source.values[method]}}
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise UserError(f"{where}: {error} is no number of '{source.id}'{near_miss(error, source.values)}") from None
    return entry
