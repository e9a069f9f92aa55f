"""How masks are learned inside a task: courses of their values, and the occupation of each layer (DGM, Figure 3b)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import lines, notes, style
from mneme.figures.kit.drawing import Context, Drawing

OFF = "#B9B9B9"  # courses that end below a half


def draw(context: Context, masks: Mapping[str, Mapping[Any, str | Path]]) -> Drawing:
    """A row a layer of each method, a column a task; thin, single entries of the mask; bold, the layer's occupation.

    Args:
        masks: method -> {t: ``masks.pt`` of :mod:`mneme.probes.masks`}.
    """
    methods = context.looks.ordered(masks)
    loaded = {
        m: {int(t): files.load(Path(path), "seed", "steps", "layers") for t, path in masks[m].items()} for m in methods
    }
    layers = {m: max([1, *(len(one["layers"]) for one in loaded[m].values())]) for m in methods}
    rows = [(m, layer) for m in methods for layer in range(1, 1 + layers[m])]
    columns = sorted({t for cells in loaded.values() for t in cells})
    figure = Figure(figsize=(0.7 + 2.7 * len(columns), 0.9 + 1.75 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(columns), sharey=True, squeeze=False)
    tables = []
    for (method, layer), panels in zip(rows, grid, strict=True):
        colour = context.looks.of(method, methods)["color"]
        for task, axes in zip(columns, panels, strict=True):
            axes.set(ylim=(-0.03, 1.03), yticks=(0, 0.5, 1))
            lines.steps_axis(axes)
            course = loaded[method].get(task, {"layers": {}})["layers"].get(str(layer))
            if course is None:
                axes.text(0.5, 0.5, "diverged", transform=axes.transAxes, ha="center", style="italic")
                continue
            steps = loaded[method][task]["steps"]
            panel(axes, steps, course, colour)
            words = f"Task {task} ({context.names[task]}), layer {layer}" if task in context.names else f"Task {task}"
            axes.set_title(f"{words}: {course['entries']:,} entries", loc="left")
            tables.append(numbers(steps, course).assign(method=method, task=task, layer=layer))
        panels[0].set_ylabel(f"{context.looks.label(method)}\nmask value", color=colour)
    for axes in grid[-1]:
        axes.set_xlabel("Step inside the task")
    seed = next(one["seed"] for cells in loaded.values() for one in cells.values())
    note = (
        f"{context}, one chain a method, seed {seed}.\nColoured: entries that end used; grey: entries that end unused; "
        "black: mean over all entries."
    )
    style.heading(figure, f"{context.title}: masks inside a task", note)
    caption = notes.caption(
        "Mask values along the training of a task, at every step of which a snapshot was kept: sigmoid(s e), with s "
        "annealed from next to nothing, so that all start at a half and end at 0 or 1. Thin lines are up to 100 "
        "entries of a layer, the bold line is its occupation, the mean over all its entries.",
        note,
    )
    heads = ["method", "task", "layer", "step", "entries", "occupation", "ends_used"]
    table = pd.concat(tables)[heads] if tables else pd.DataFrame(columns=heads)
    return Drawing(figure, table, caption, sorted({one["spec"] for cells in loaded.values() for one in cells.values()}))


def panel(axes: Axes, steps: torch.Tensor, course: Mapping[str, Any], colour: str) -> None:
    """Courses of single entries, and the occupation of the layer above them."""
    used = course["values"][-1] >= 0.5
    for chosen, look in ((~used, {"color": OFF}), (used, {"color": colour})):
        values = course["values"][:, chosen]
        axes.plot(steps.numpy(), values.numpy(), linewidth=0.5, alpha=0.55, **look)
    axes.plot(steps.numpy(), course["occupation"].numpy(), color=style.INK, linewidth=2.2, zorder=4)


def numbers(steps: torch.Tensor, course: Mapping[str, Any]) -> pd.DataFrame:
    """A row a step: occupation of the layer; ``ends_used``: share of the shown entries whose course ends at a half or
    more."""
    ends = (course["values"][-1] >= 0.5).double().mean().item()
    columns = {"step": steps.numpy(), "occupation": course["occupation"].numpy()}
    return pd.DataFrame(columns).assign(entries=course["entries"], ends_used=ends)
