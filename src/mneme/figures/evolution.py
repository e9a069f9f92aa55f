"""What becomes of the first task while later ones are learned (MeRGAN, Figure 5)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import hole, images, style, tables, words
from mneme.figures.artefact import Drawing

METRICS = ("class_accuracy", "task_accuracy")  # the former where a class can be asked for
LATENTS = 2  # rows of a method
CELL, LEFT, GAP, TOP, BOTTOM = 0.3, 1.1, 0.16, 0.85, 0.6  # inches


@style.themed
def draw(
    quality: pd.DataFrame,
    curve: pd.DataFrame,
    samples: Mapping[str, Mapping[Any, str | Path]],
    evolutions: Mapping[str, Mapping[Any, str | Path]],
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """A row a method and latent vector, a column an iteration inside tasks 2, 3, ...; below, the share recognised.

    Args:
        samples: method -> {t: samples.pt}; of task t - 1 it shows what there was before task t.
        evolutions: method -> {t: evolution.pt}, task 1 at every snapshot of task t, for the same latent vectors.
    """
    names, methods = tables.names(tasks), style.ordered(evolutions)
    loaded = {m: {int(t): images.samples(path) for t, path in evolutions[m].items()} for m in methods}
    mine = curve[(curve["task"] == 1) & (curve["checkpoint"] > 1) & curve["method"].isin(methods)]
    metric = tables.measured(mine, METRICS)[0]
    mine = mine[mine["metric"] == metric]
    table = numbers(quality, mine, metric)
    later = sorted({t for cells in loaded.values() for t in cells})
    steps = {t: sorted(set(table[table["during"] == t]["step"])) for t in later}
    block, row = LATENTS * CELL + 0.22, CELL
    columns = sum(len(steps[t]) for t in later)
    width = max(5.6, LEFT + columns * CELL + (len(later) - 1) * GAP + 0.1)
    height = TOP + len(methods) * block + BOTTOM
    figure = Figure(figsize=(width, height))

    def panel(left: float, top: float, high: float = CELL) -> Any:
        return figure.add_axes((left / width, 1 - (top + high) / height, CELL * 0.95 / width, high * 0.95 / height))

    def text(x: float, top: float, said: str, **looks: Any) -> None:
        figure.text(x / width, 1 - top / height, said, **{"va": "center", "ha": "center", "fontsize": 6.5, **looks})

    text(0.06, 0.16, f"{title}: '{names[1]}' while later tasks are learned", ha="left", fontsize=10.5, weight="bold")
    for place, method in enumerate(methods):
        top = TOP + place * block
        colour = style.look(method, methods)["color"]
        text(
            LEFT - 0.12,
            top + row,
            style.label(method).replace(" (", "\n("),
            ha="right",
            fontsize=8,
            weight="bold",
            color=colour,
        )
        left = LEFT
        for t in later:
            if place == 0:
                text(left, TOP - 0.38, f"Task {t}: {names[t]}", ha="left", fontsize=8, weight="bold")
            before = images.samples(images.of(samples[method], t - 1))[0].get(1)
            for step in steps[t]:
                if place == 0:
                    text(
                        left + CELL / 2, TOP - 0.14, f"{step:,}", fontsize=5.5 if step > 999 else 6.5, color=style.MUTED
                    )
                made = before if step == 0 else loaded[method].get(t, ({}, ""))[0].get(step)
                cell = table[(table["method"] == method) & (table["during"] == t) & (table["step"] == step)]
                for latent in range(LATENTS):
                    axes = panel(left, top + latent * row)
                    if made is None:
                        hole.fill(axes, "", 5)
                    else:
                        images.show(axes, images.mosaic(made[latent : latent + 1], 1, 1))
                if len(cell) and cell["n"].iloc[0]:
                    text(left + CELL / 2, top + 2 * row + 0.06, f"{100 * cell['mean'].iloc[0]:.0f}", color=style.MUTED)
                left += CELL
            left += GAP
    word = style.metric_label(metric, unit=False).lower()
    note = (
        f"Experiment '{experiment}', tier '{tier}', images of one seed; columns are iterations inside a task, 0 before "
        f"it; numbers: {word} in %, mean over {_seeds(mine)}; {words.images(mine)}."
    )
    looks = {"fontsize": 7, "color": style.MUTED, "linespacing": 1.4, "va": "top"}
    figure.text(0.06 / width, 0.42 / height, style.wrapped(note, width), **looks)
    caption = words.caption(
        "Images of the first category for fixed latent vectors (rows), at iterations spaced logarithmically inside "
        "later tasks (columns). The number below is the share in which a classifier of real images sees that category.",
        note,
        words.holes(mine),
    )
    specs = sorted({spec for cells in loaded.values() for _, spec in cells.values()} - {""})
    return Drawing(figure, table, caption, specs)


def _seeds(table: pd.DataFrame) -> str:
    n = table["seed"].nunique()
    return f"n = {n} seed{'s' if n > 1 else ''}"


def numbers(quality: pd.DataFrame, inside: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A metric of task 1 at every step inside later tasks, ``during``; step 0 is the checkpoint before."""
    inside = inside.assign(during=inside["checkpoint"])
    before = quality[(quality["metric"] == metric) & (quality["task"] == 1)]
    before = before[before["method"].isin(set(inside["method"]))].assign(during=before["checkpoint"] + 1, step=0)
    before = before[before["during"].isin(set(inside["during"]))]
    columns = ["method", "seed", "during", "step", "value", "status"]
    both = pd.concat([before[columns], inside[columns]], ignore_index=True)
    return tables.over_seeds(both, ["method", "during", "step"]).assign(metric=metric)
