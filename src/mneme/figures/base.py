"""Real images beside samples of the base GAN."""

from pathlib import Path

import pandas as pd

from mneme import files
from mneme.figures.kit import grid, images, notes, scores, style
from mneme.figures.kit.drawing import Context, Drawing

SIDE = 8
METRICS = ("fid", "fid_clf", "task_accuracy")


def draw(
    context: Context, base_samples: str | Path, base_reference: str | Path, base_evaluation: str | Path
) -> Drawing:
    """Two grids of up to 8 x 8 images: what the base GAN was trained on, and what it makes; its scores below.

    Args:
        base_samples: ``samples.pt`` of the base GAN, whose only task is the source, 0.
        base_reference: ``real/task0/classifier.pt`` of the stream.
        base_evaluation: ``evaluation.json`` of the base GAN; a run that diverged is hatched.
    """
    made, spec = images.samples(base_samples)
    real = images.reference(base_reference)
    rows = pd.DataFrame(files.read_json(Path(base_evaluation)))
    status = scores.worst(rows["status"])
    side = min(SIDE, int(min(len(real), len(made.get(0, real))) ** 0.5))
    cells = [grid.Cell(real), grid.Cell(made.get(0), "no samples" if status == "ok" else status)]
    heads = {0: ("Real images (source)", style.INK), 1: ("Samples of the base GAN", style.INK)}
    measured = [
        f"{style.metric_label(row.metric)} {style.number(row.metric, row.value)}"
        + ("" if pd.isna(row.real) else f" (real against real {style.number(row.metric, row.real)})")
        for row in rows[rows["metric"].isin(METRICS) & rows["value"].notna()].sort_values("metric").itertuples()
    ]
    note = f"{context}; {notes.seeds(rows)}; {notes.images(rows)}."
    numbers = "; ".join([*measured, f"the first {side * side} of each, not selected"]) + "."
    bands = [grid.Band([grid.Row(cells)], heads=heads)]
    figure = grid.draw(bands, f"{context.title}: the base GAN", f"{note}\n{numbers}", shape=(side, side), image=0.42)
    columns = ["method", "seed", "metric", "value", "std", "real", "n", "status"]
    caption = notes.caption(
        "Real images of the source data (left) and samples of the base GAN trained on them (right): the frozen network "
        "that GAN Memory modulates and that the other methods start from.",
        note,
        numbers,
    )
    table = rows[columns].sort_values("metric")
    return Drawing(figure, table, caption, sorted({spec, *scores.specs(rows)} - {""}))
