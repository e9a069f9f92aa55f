"""What claims ask of style sets: how few bases they need, and what cutting them costs (GAN Memory, 4.3 and 5.3)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from mneme.claims.evidence import Evidence, NotMeasuredError
from mneme.claims.finding import Finding
from mneme.figures.kit import scores, style


def added(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """What each task adds to a compressed chain, as shares of its uncompressed styles: about the published ones; or,
    where none are given, less than all of them for the first task, and less than the first for every later one."""
    rows = evidence.parameters.get(fields.method, {}).get("tasks", [])
    if not rows:
        raise NotMeasuredError(f"no compressed tasks of {evidence.looks.label(fields.method)} were counted")
    shares = [row["parameters"] / row["naive"] for row in rows]
    text = f"{evidence.looks.label(fields.method)} adds {', '.join(f'{100 * share:.1f}' for share in shares)} %"
    if fields.shares is None:
        return Finding(shares[0] < 1 and all(share < shares[0] for share in shares[1:]), text)
    pairs = zip(shares, fields.shares, strict=False)
    close = all(abs(share - published) <= tolerance * published for share, published in pairs)
    return Finding(len(shares) == len(fields.shares) and close, text)


def low_rank(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """The share of singular values that hold a share of the energy, over the blocks but the last two (the paper's B0 to
    B4 of seven): about the published one, or less; where none is given, smaller in the first block than in the last.
    Beside it stands that of the base GAN's own matrices (task 0), to which the styles are added."""
    rows = pd.DataFrame(evidence.singular)
    if not len(rows):
        raise NotMeasuredError("no singular values were looked at")
    matrices = rows.groupby(["seed", "task", "layer", "group"])["value"].apply(lambda v: held(v, fields.energy))
    task, blocks = matrices.index.get_level_values("task"), matrices.index.get_level_values("layer").str[:2]
    kept, own = (matrices[of].groupby(blocks[of]).mean() for of in (task > 0, task == 0))
    text = f"{fields.energy:.0%} of the energy in {_listed(kept)}"
    base = f" (of the base GAN's own: {_listed(own)})" if len(own) else ""
    if fields.share is None:
        margin = float(kept.iloc[-1] - kept.iloc[0])
        return Finding(margin > 0, f"{text} of the singular values{base}", (margin,))
    share = float(kept[early(list(kept.index))].mean())
    margin = fields.share * (1 + tolerance) - share
    return Finding(margin >= 0, f"{text}; {100 * share:.0f} % of the singular values{base}", (margin,))


def _listed(shares: pd.Series) -> str:
    return ", ".join(f"{100 * shares[block]:.0f} % ({block})" for block in shares.index)


def truncated(evidence: Evidence, fields: Any, tolerance: float) -> Finding:
    """Cutting one block to a share of its energy leaves the FID where it was, for all blocks but the last two."""
    rows = pd.DataFrame(evidence.truncation)
    metric = scores.generative(rows, "fid") if len(rows) else "fid"
    values = rows[rows["metric"] == metric].groupby(["block", "energy"])["value"].mean() if len(rows) else {}
    blocks = sorted({block for block, _ in values.index}) if len(rows) else []
    if not blocks or any((block, energy) not in values for block in blocks for energy in (fields.energy, 1.0)):
        raise NotMeasuredError(f"no {metric} at {fields.energy:.0%} of the energy was measured")
    pairs = {block: (values[block, fields.energy], values[block, 1.0]) for block in early(blocks)}
    parts = [
        f"{block}: {style.number(metric, cut)} against {style.number(metric, whole)}"
        for block, (cut, whole) in pairs.items()
    ]
    margins = tuple(float(whole * (1 + tolerance) - cut) for cut, whole in pairs.values())
    found = f"{style.metric_label(metric)} at {fields.energy:.0%} of the energy, {'; '.join(parts)}"
    return Finding(min(margins) >= 0, found, margins)


def held(values: Sequence[float] | pd.Series, energy: float) -> float:
    """The share of the leading values whose sum reaches a share of the sum of all."""
    ordered = np.sort(np.asarray(values))[::-1]
    return (int((ordered.cumsum() < energy * ordered.sum()).sum()) + 1) / len(ordered)


def early(blocks: list[str]) -> list[str]:
    """B0 to B4 of seven blocks; of three, the first."""
    return blocks[: max(1, len(blocks) - 2)]
