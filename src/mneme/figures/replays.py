"""What a classifier rehearses: replays of every class after the last task (GAN Memory, Figures 3c and 13)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from mneme.figures import hole, images, style, tables, words
from mneme.figures.artefact import Drawing

EACH = 12  # images of a class
IMAGE, LEFT, TOP, BOTTOM = 0.32, 1.75, 0.6, 0.4  # inches


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
    specs = sorted({spec for _, spec in made.values()} - {""})
    quality = quality[quality["spec"].isin(specs)] if quality["spec"].isin(specs).any() else quality  # of this seed
    wide, count = EACH * IMAGE + 0.25, sum(len(task["classes"]) for task in tasks)
    width = max(LEFT + len(methods) * wide, 6.0)
    height = TOP + count * (IMAGE + 0.05) + len(tasks) * 0.1 + BOTTOM
    figure, rows, top = Figure(figsize=(width, height)), [], TOP
    heading = {"va": "center", "fontsize": 10.5, "fontweight": "bold"}
    figure.text(0.06 / width, 1 - 0.16 / height, f"{title}: replays after the last task", **heading)
    for task in tasks:
        index, classes = int(task["index"]), task["classes"]
        top += 0.1
        for place, number in enumerate(classes):
            middle = 1 - (top + IMAGE / 2) / height
            figure.text((LEFT - 0.1) / width, middle, f"class {number}", va="center", ha="right", color=style.MUTED)
            if place == 0:
                figure.text(0.06 / width, middle, names[index], va="center", fontweight="bold")
            for column, method in enumerate(methods):
                box = ((LEFT + column * wide) / width, 1 - (top + IMAGE) / height, EACH * IMAGE / width, IMAGE / height)
                axes = figure.add_axes(box)
                if len(rows) < len(methods):
                    axes.set_title(style.label(method), loc="left", color=style.look(method, methods)["color"])
                status = _status(quality, method, index)
                found = made[method][0].get(index, ())[place :: len(classes)][:EACH]
                if status == "ok" and len(found):
                    images.show(axes, images.mosaic(found, 1, EACH))
                else:
                    hole.fill(axes, "no samples" if status == "ok" else status)
                rows.append({"method": method, "task": index, "class": number, "images": len(found), "status": status})
            top += IMAGE + 0.05
    seed = quality["seed"].min()
    note = f"Experiment '{experiment}', tier '{tier}', seed {seed}; first images of each class, not selected."
    looks = {"va": "top", "fontsize": 7, "color": style.MUTED}
    figure.text(0.06 / width, (BOTTOM - 0.12) / height, style.wrapped(note, width), **looks)
    caption = words.caption(
        "What the classifier is given of earlier tasks: samples of every class (row) after the last task of the "
        "stream, for each generator (column) that a solver replays. Its label is the class that was asked for.",
        note,
    )
    return Drawing(figure, pd.DataFrame(rows), caption, specs)


def _status(quality: pd.DataFrame, method: str, task: int) -> str:
    """What befell the training of a task, after the last checkpoint."""
    mine = quality[(quality["method"] == method) & (quality["task"] == task)]
    return tables.worst(mine[mine["checkpoint"] == mine["checkpoint"].max()]["status"])
