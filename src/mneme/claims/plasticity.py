"""What claims ask of generators that grow by masks: how fast, how much they use again, and what they take on disk (DGM,
section 4, Tables 3 and 4, Figures 3 and 4)."""

from typing import Any

import pandas as pd

from mneme.claims.evidence import Evidence, NotMeasuredError, mean
from mneme.claims.finding import Finding
from mneme.claims.schema import DATA
from mneme.figures.kit import grown, scores

OCCUPATION, DECIDED = "mask_occupation", "mask_decided"
BINARY = 0.9  # [GAP] share of masks near 0 or 1 from which on the masks of a task count as binary


def grows_less(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Units in the last task, over those of the first, are fewer than another method's."""
    mine, other = (growth(evidence, method).iloc[-1] for method in (fields.method, fields.other))
    label = evidence.looks.label
    text = f"units in the last task over those of the first: {label(fields.method)} {mine:.2f}, "
    return Finding(mine < other * (1 + tolerance), f"{text}{label(fields.other)} {other:.2f}")


def below_linear(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """After the first task there are always fewer units than if each task had added as many as the first one had."""
    found = growth(evidence, fields.method)
    shares = found / found.index
    text = f"units in the last task {found.iloc[-1]:.2f} times those of the first, {found.index[-1]} in the worst case"
    return Finding(len(found) > 1 and bool((shares.iloc[1:] < 1 + tolerance).all()), text)


def reuse_rises(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Of what a task uses, the share that earlier tasks had reserved is greater in the last task than in the second,
    and rises from a task to the next more often than not."""
    layers = pd.DataFrame(counts(evidence, fields.method)["layers"]).groupby("task").sum()
    shares = (layers["reused"] / layers["used"]).iloc[1:]
    if len(shares) < 2:
        raise NotMeasuredError("there are no two later tasks")
    steps = shares.diff().dropna() > 0
    listed = ", ".join(f"{100 * share:.0f}" for share in shares)
    text = f"{evidence.looks.label(fields.method)} uses again {listed} % in tasks 2 to {shares.index[-1]}"
    return Finding(bool(shares.iloc[-1] > shares.iloc[0] and steps.mean() > 0.5), text)


def mask_phases(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """In every task looked into: masks first fall from a half, then rise to what is used, and are binary at the end."""
    rows = evidence.curve[evidence.curve["method"] == fields.method]
    courses = {name: rows[rows["metric"] == name] for name in (OCCUPATION, DECIDED)}
    for course in courses.values():
        mean(evidence, course, "value", fields.method, "course of the masks")
    parts, holds = [], True
    for task in sorted(set(rows["checkpoint"][rows["metric"] == OCCUPATION])):
        occupied, decided = (
            scores.over_seeds(course[course["checkpoint"] == task], ["step"]).set_index("step")["mean"]
            for course in courses.values()
        )
        low, end = occupied.min(), occupied.iloc[-1]
        holds &= bool(low < 0.5 and occupied.idxmin() < occupied.index[-1] and end > low * (1 + tolerance))
        holds &= bool(decided.iloc[-1] >= BINARY)
        parts.append(
            f"task {task}: occupation {100 * low:.0f} % at step {occupied.idxmin()}, {100 * end:.0f} % at the end, "
            f"{100 * decided.iloc[-1]:.0f} % of the masks near 0 or 1"
        )
    return Finding(holds, "; ".join(parts))


def smaller(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """A method's generator, or what it stores, is smaller after the last task than another's (``than: data``: than the
    training images of all tasks, a byte a value)."""
    mine = size(evidence, fields.method, fields.what)
    if fields.than == DATA:
        data = evidence.parameters[fields.method].get("data")
        if not data:
            raise NotMeasuredError("the training images were not counted")
        theirs, name = data / 1e6, "the training images"
    else:
        theirs, name = size(evidence, fields.than, fields.what), evidence.looks.label(fields.than)
    unit = "million parameters" if fields.what == "generator" else "MB"
    text = (
        f"{fields.what.replace('_', ' ')}: {evidence.looks.label(fields.method)} {mine:.3g}, {name} {theirs:.3g} {unit}"
    )
    return Finding(mine < theirs * (1 + tolerance), text)


def counts(evidence: Evidence, method: str) -> dict[str, Any]:
    """The rows that say how a method grew."""
    found = evidence.parameters.get(method, {})
    if "layers" not in found:
        raise NotMeasuredError(f"the growth of {evidence.looks.label(method)} was not counted")
    return found


def growth(evidence: Evidence, method: str) -> pd.Series:
    """Units of the masked layers in each task, over those of the first; indexed by task."""
    units = pd.DataFrame(counts(evidence, method)["tasks"]).set_index("task")["units"]
    return units / units.iloc[0]


def size(evidence: Evidence, method: str, what: str) -> float:
    """After the last task: ``generator``, in millions of parameters, those of a method without masks being all that
    sampling needs; ``weights``, ``masks`` (sparse, as published) and ``total`` of both, or ``total_packed`` with
    masks as bits, in millions of bytes."""
    if what == "generator" and "layers" not in evidence.parameters.get(method, {"layers": []}):
        return evidence.parameters[method]["per_task"] / 1e6
    found = counts(evidence, method)
    if what == "generator":
        return grown.generator(pd.DataFrame(found["tasks"]))["parameters"].iloc[-1] / 1e6
    last = grown.on_disk(pd.DataFrame(found["tasks"]), pd.DataFrame(found["layers"])).iloc[-1]
    sums = {"weights": last["weights"], "masks": last["sparse"], "total": last["weights"] + last["sparse"]}
    return (sums | {"total_packed": last["weights"] + last["packed"]})[what] / 1e6
