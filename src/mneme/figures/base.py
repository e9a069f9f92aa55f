"""Real images beside samples of the base GAN."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import hole, images, style, tables, words
from mneme.figures.artefact import Drawing

SIDE = 8
METRICS = ("fid", "fid_clf", "task_accuracy")


@style.themed
def draw(
    base_samples: str | Path,
    base_reference: str | Path,
    base_evaluation: str | Path,
    *,
    tier: str,
    experiment: str,
    title: str,
) -> Drawing:
    """Two grids of up to 8 x 8 images: what the base GAN was trained on, and what it makes; its scores below.

    Args:
        base_samples: ``samples.pt`` of the base GAN, whose only task is the source, 0.
        base_reference: ``reference.pt`` of the source.
        base_evaluation: ``evaluation.json`` of the base GAN; a run that diverged is drawn as a hole.
    """
    made, spec = images.samples(base_samples)
    real = images.reference(base_reference)
    rows = pd.DataFrame(files.read_json(Path(base_evaluation)))
    status = tables.worst(rows["status"])
    shown = min(len(real), len(made.get(0, real)))
    side = min(SIDE, int(shown**0.5))
    figure = Figure(figsize=(7.2, 4.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    images.show(left, images.mosaic(real, side, side))
    if 0 in made:
        images.show(right, images.mosaic(made[0], side, side))
    else:
        hole.fill(right, status if status != "ok" else "no samples")
        right.set_box_aspect(1)
    left.set_title("Real images (source)", loc="left")
    right.set_title("Samples of the base GAN", loc="left")
    scores = rows[rows["metric"].isin(METRICS) & rows["value"].notna()].sort_values("metric")
    measured = [
        f"{style.metric_label(row.metric)} {style.number(row.metric, row.value)} "
        f"(real against real {style.number(row.metric, row.real)})"
        for row in scores.itertuples()
    ]
    note = f"Experiment '{experiment}', tier '{tier}'; {words.seeds(rows)}; {words.images(rows)}."
    numbers = "; ".join([*measured, f"the first {side * side} of each, not selected"]) + "."
    style.heading(figure, f"{title}: the base GAN", f"{note}\n{numbers}")
    columns = ["method", "seed", "metric", "value", "std", "real", "n", "status"]
    caption = words.caption(
        "Real images of the source data (left) and samples of the base GAN trained on them (right): the frozen network "
        "that GAN Memory modulates and that the other methods start from.",
        note,
        numbers,
    )
    table = rows[columns].sort_values("metric")
    return Drawing(figure, table, caption, sorted({spec, *tables.specs(rows)} - {""}))
