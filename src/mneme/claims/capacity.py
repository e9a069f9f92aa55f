"""Predicates on the numbers of translators, which are counted (``mneme.probes.capacity``)."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.finding import Finding


def counted(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """A count of the published network is near a number in print."""
    known = _of(evidence, fields.method)["published"]
    after, name = known["after"], f"{evidence.looks.label(fields.method)} at width {known['width']}"
    if fields.what == "layer":
        if not known["layers"]:
            raise NotMeasuredError(f"{evidence.looks.label(fields.method)} generates no filters of a task")
        found, words = median(known["layers"]), f"{min(known['layers']):,} to {max(known['layers']):,} in a layer, most"
    elif fields.what == "added":
        before = after[fields.after - 2] if fields.after > 1 else 0
        found, words = after[fields.after - 1] - before, f"task {fields.after} adds"
    else:
        found, words = after[fields.after - 1], f"after task {fields.after}"
    return Finding(
        abs(found - fields.published) <= tolerance * fields.published, f"{name}: {words} {found:,.0f} parameters"
    )


def restored(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """What a task changed of the model before it is what has to be kept to restore that one."""
    known = _of(evidence, fields.method)
    if "before" not in known:
        raise NotMeasuredError("the stream has one task only, or the method keeps a model of each")
    share = known["changed"] / known["before"]
    text = f"the last task changed {known['changed']:,} of {known['before']:,} parameters of the model before it"
    return Finding(share < fields.below * (1 + tolerance), f"{text} ({100 * share:.1f} %)")


def _of(evidence: Evidence, method: str) -> Mapping[str, Any]:
    if method not in evidence.capacity:
        raise NotMeasuredError("parameters of translators were not counted")
    return evidence.capacity[method]
