"""What becomes of the first task while later ones are learned (MeRGAN, Figure 5)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mneme.figures.kit import grid, images, notes, scores, style, unchanged
from mneme.figures.kit.drawing import Context, Drawing

METRICS = ("class_accuracy", "task_accuracy")  # the former where a class can be asked for
LATENTS = 2  # images of a cell


def draw(
    context: Context,
    quality: pd.DataFrame,
    curve: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    evolutions: Mapping[str, Mapping[Any, str | Path]],
) -> Drawing:
    """One row per method and latent vector, one column per iteration inside tasks 2, 3, ...; below, the metric's value.

    Args:
        samples: method -> {t: samples.pt}; those of task t - 1 are shown as iteration 0 of task t.
        evolutions: method -> {t: evolution.pt}, task 1 at every snapshot of task t, for the same latent vectors.
    """
    names, methods = context.names, context.looks.ordered(evolutions)
    loaded = {m: {int(t): images.samples(path) for t, path in evolutions[m].items()} for m in methods}
    mine = curve[(curve["task"] == 1) & (curve["checkpoint"] > 1) & curve["method"].isin(methods)]
    metric = scores.measured(mine, METRICS)[0]
    mine = mine[mine["metric"] == metric]
    table = numbers(quality, mine, metric)
    later = sorted({t for cells in loaded.values() for t in cells})
    columns, heads = [], {}
    for t in later:
        heads[len(columns)] = (f"Task {t}: {names[t]}", style.INK)
        columns += [(t, step) for step in sorted(set(table[table["during"] == t]["step"]))]
    ticks = [f"{step:,}" for _, step in columns]
    bands = []
    for method in methods:
        before = {t: images.samples(images.of(samples[method], t - 1))[0].get(1) for t in later}
        inside = {t: loaded[method].get(t, ({}, ""))[0] for t in later}
        cells = [grid.Cell(inside[t].get(step) if step else before[t], "") for t, step in columns]
        found = table[table["method"] == method].set_index(["during", "step"])
        shares = [found.loc[column, "mean"] if column in found.index else float("nan") for column in columns]
        below = ["" if pd.isna(share) else f"{100 * share:.0f}" for share in shares]
        top = {} if bands else {"heads": heads, "ticks": ticks}
        colour = context.looks.of(method, methods)["color"]
        bands.append(grid.Band([grid.Row(cells, below=below)], context.looks.label(method), colour, **top))
    n, word = mine["seed"].nunique(), style.metric_label(metric, unit=False).lower()
    note = (
        f"{context}, images of one seed; columns are iterations inside a task, 0 before it; numbers: {word} in %, "
        f"mean over n = {n} seed{'s' if n > 1 else ''}; {notes.images(mine)}."
    )
    title = f"{context.title}: '{names[1]}' while later tasks are learned"
    figure = grid.draw(bands, title, note, shape=(LATENTS, 1), image=0.32)
    caption = notes.caption(
        "Images of the first category for fixed latent vectors (rows), at iterations spaced logarithmically inside "
        "later tasks (columns). The number below is the share in which a classifier of real images sees that category.",
        note,
        notes.missing(mine, context.looks),
    )
    return Drawing(figure, table, caption, unchanged.specs(loaded))


def numbers(quality: pd.DataFrame, inside: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A metric of task 1 at every step inside later tasks, ``during``; step 0 is the checkpoint before."""
    inside = inside.assign(during=inside["checkpoint"])
    before = quality[(quality["metric"] == metric) & (quality["task"] == 1)]
    before = before[before["method"].isin(set(inside["method"]))].assign(during=before["checkpoint"] + 1, step=0)
    before = before[before["during"].isin(set(inside["during"]))]
    columns = ["method", "seed", "during", "step", "value", "status"]
    both = pd.concat([before[columns], inside[columns]], ignore_index=True)
    return scores.over_seeds(both, ["method", "during", "step"]).assign(metric=metric)
