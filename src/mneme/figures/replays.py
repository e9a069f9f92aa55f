"""What a classifier rehearses: replays of every class after the last task (GAN Memory, Figures 3c and 13)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import hole, images, style, tables, words
from mneme.figures.artefact import Drawing

EACH = 8  # images of a class
IMAGE, LEFT, TOP, BOTTOM = 0.32, 1.15, 1.0, 0.5  # inches


@style.themed
def draw(
    quality: pd.DataFrame,
    replays: Mapping[str, str | Path],
    tasks: Sequence[dict[str, Any]],
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """One column per method whose samples are replayed, one row per class, task by task.

    Args:
        replays: method -> samples.pt after the last task, in which the classes of a task take turns.
    """
    names, methods = tables.names(tasks), style.ordered(replays)
    made = {method: images.samples(replays[method]) for method in methods}
    rows = [(int(task["index"]), label, place) for task in tasks for place, label in enumerate(task["labels"])]
    wide = EACH * IMAGE
    width, height = LEFT + len(methods) * (wide + 0.25), TOP + len(rows) * (IMAGE + 0.05) + len(names) * 0.1 + BOTTOM
    width = max(width, 6.0)
    figure, table, top = Figure(figsize=(width, height)), [], TOP
    figure.text(0.06 / width, 1 - 0.16 / height, f"{title}: replays after the last task", va="center", fontsize=10.5,
                fontweight="bold")  # fmt: skip
    for index, label, place in rows:
        top += 0.1 * (place == 0)
        middle = 1 - (top + IMAGE / 2) / height
        if place == 0:
            figure.text(0.06 / width, middle, names[index], va="center", fontweight="bold")
        figure.text((LEFT - 0.1) / width, middle, f"class {label}", va="center", ha="right", color=style.MUTED)
        for column, method in enumerate(methods):
            left = LEFT + column * (wide + 0.25)
            axes = figure.add_axes((left / width, 1 - (top + IMAGE) / height, wide / width, IMAGE / height))
            if top == TOP + 0.1:
                axes.set_title(style.label(method), loc="left", color=style.look(method, methods)["color"])
            found, status = made[method][0].get(index), _status(quality, method, index)
            classes = len(next(task["labels"] for task in tasks if int(task["index"]) == index))
            if found is None or status != "ok":
                hole.fill(axes, status if status != "ok" else "no samples")
            else:
                images.show(axes, images.mosaic(found[place::classes][:EACH], 1, EACH))
            shown = 0 if found is None else len(found[place::classes][:EACH])
            table.append({"method": method, "task": index, "class": label, "images": shown, "status": status})
        top += IMAGE + 0.05
    note = (
        f"Experiment '{experiment}', tier '{tier}'; first images of each class, not selected, the same noise for all "
        "methods whose noise is of one length."
    )
    figure.text(
        0.06 / width, (BOTTOM - 0.12) / height, style.wrapped(note, width), va="top", fontsize=7, color=style.MUTED
    )
    caption = words.caption(
        "What the classifier is given of earlier tasks: samples of every class (row) after the last task of the "
        "stream, for each generator (column) that a solver replays. Its label is the class that was asked for.",
        note,
    )
    return Drawing(figure, pd.DataFrame(table), caption, sorted({spec for _, spec in made.values()} - {""}))


def _status(quality: pd.DataFrame, method: str, task: int) -> str:
    """What befell the training of a task, after the last checkpoint."""
    mine = quality[(quality["method"] == method) & (quality["task"] == task)]
    return tables.worst(mine[mine["checkpoint"] == mine["checkpoint"].max()]["status"])
