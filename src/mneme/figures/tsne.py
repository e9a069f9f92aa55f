"""Real and generated images of a task in a classifier's features, brought to the plane (MeRGAN, Figure 3)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from sklearn.manifold import TSNE

from mneme import files
from mneme.figures.kit import images, missing, notes, style
from mneme.figures.kit.drawing import Context, Drawing

SIDE = 1.45  # inches


def draw(
    context: Context, samples: Mapping[str, Mapping[Any, str | Path]], references: Mapping[Any, str | Path]
) -> Drawing:
    """After the last task: a column a method; a row the first task, which the paper shows, a middle one, the last.

    A row is one embedding of real images and of all methods' samples together, so its panels can be compared; real
    images are the grey points in each.

    Args:
        samples: method -> {t: samples.pt}, all of one seed; the features in the last one are shown.
        references: {i: real/task<i>/classifier.pt}.
    """
    names, methods = context.names, context.looks.ordered(samples)
    last = max(names)
    shown = sorted({min(names), (min(names) + last) // 2, last})
    made = {method: files.load(Path(images.of(samples[method], last))) for method in methods}
    real = {i: files.load(Path(images.of(references, i))) for i in shown}
    figure = Figure(figsize=(0.5 + SIDE * len(methods), 0.95 + (SIDE + 0.12) * len(shown)), layout="constrained")
    grid = figure.subplots(len(shown), len(methods), squeeze=False)
    parts = []
    for row, i in enumerate(shown):
        known = {method: made[method]["features"].get(str(i)) for method in methods}  # none of a task that diverged
        points = embed({m: features.numpy() for m, features in known.items() if features is not None}, real[i])
        parts.append(points.assign(task=i))
        truth = points[points["method"] == "real"]
        limits = {f"{axis}lim": _limits(points[axis]) for axis in "xy"}
        for column, method in enumerate(methods):
            axes, mine = grid[row, column], points[points["method"] == method]
            colour = context.looks.of(method, methods)["color"]
            if row == 0:
                axes.set_title(
                    context.looks.label(method), loc="left", color=context.looks.of(method, methods)["color"]
                )
            if not len(mine):
                missing.fill(axes, "no samples")
                continue
            axes.scatter(truth["x"], truth["y"], s=5, color="#B9B9B9", linewidth=0)
            axes.scatter(mine["x"], mine["y"], s=5, color=colour, linewidth=0, alpha=0.8)
            axes.set(xticks=[], yticks=[], box_aspect=1, **limits)
            axes.spines[:].set(visible=True, color=style.RULE)
            if column == 0:
                axes.set_ylabel(f"Task {i}: {names[i]}")
    table = pd.concat(parts, ignore_index=True)[["task", "method", "x", "y"]]
    counts = table.groupby(["task", "method"]).size()
    note = (
        f"{context}, n = 1 seed, after task {last}; grey: real images, colour: "
        f"generated ones, up to {counts.max()} of each; one t-SNE a row (scikit-learn, seed 0)."
    )
    style.heading(figure, f"{context.title}: real and generated images in the classifier's features", note)
    caption = notes.caption(
        "t-SNE of a classifier's features, one embedding a row: real images (grey) and those generated after the last "
        "task (coloured). A cluster apart from the grey points is a category that was forgotten. Distances between far "
        "points of a t-SNE mean nothing.",
        note,
    )
    return Drawing(figure, table, caption, sorted({str(made[m]["spec"]) for m in methods}))


def embed(generated: Mapping[str, np.ndarray], reference: Mapping[str, Any]) -> pd.DataFrame:
    """One plane for real images (``method`` is ``real``) and for every method's, features [N, D] each.

    As many real images as the largest of the other sets. Perplexity 30, or less where there are under 91 points.
    """
    most = max((len(features) for features in generated.values()), default=0)
    sets = {"real": reference["features"][:most].numpy(), **generated}
    points = np.concatenate(list(sets.values())).astype(np.float32)
    perplexity = min(30.0, (len(points) - 1) / 3)
    plane = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(points)
    words_ = [method for method, features in sets.items() for _ in range(len(features))]
    return pd.DataFrame({"method": words_, "x": plane[:, 0], "y": plane[:, 1]})


def _limits(values: pd.Series) -> tuple[float, float]:
    margin = 0.05 * (values.max() - values.min())
    return values.min() - margin, values.max() + margin
