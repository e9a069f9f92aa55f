"""Real images beside samples of the base GAN."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from mneme.errors import UserError
from mneme.figures import images, style, words
from mneme.figures.artefact import Drawing

SIDE = 8


@style.themed
def draw(
    samples: Mapping,
    references: Mapping,
    *,
    tier: str,
    experiment: str,
    title: str,
    quality: pd.DataFrame | None = None,
) -> Drawing:
    """Two grids of up to 8 x 8 images: what the base GAN was trained on, and what it makes.

    Args:
        samples: ``{"base": {0: samples.pt}}``; task 0 is the source.
        references: ``{0: reference.pt}``.
        quality: the experiment's table; rows of task 0 (the source), where it has any, add the scores.

    Raises:
        UserError: a path or a tensor is missing.
    """
    try:
        path = next(iter(samples["base"].values()))
        real = images.reference(next(iter(references.values())))
    except (KeyError, StopIteration):
        raise UserError("the base figure needs samples {'base': {0: PATH}} and references {0: PATH}") from None
    by_task, spec = images.samples(path)
    made = next(iter(by_task.values()))
    scores = _scores(quality)
    panels = {"Real images (source)": real, "Samples of the base GAN": made}
    side = min(SIDE, int(min(len(real), len(made)) ** 0.5))
    figure = Figure(figsize=(7.2, 4.1), layout="constrained")
    for axes, (name, content) in zip(figure.subplots(1, 2), panels.items(), strict=True):
        images.show(axes, images.mosaic(content, side, side))
        axes.set_title(name, loc="left", color=style.INK)
    note = f"Experiment '{experiment}', tier '{tier}'; the first {side * side} of each, not selected."
    measured = "; ".join(
        f"{style.metric_label(row.metric)} {style.number(row.metric, row.value)} (real against real "
        f"{style.number(row.metric, row.real)})"
        for row in scores.itertuples()
    )
    seeds = f"{words.seeds(scores)}; {words.images(scores)}." if len(scores) else ""
    style.heading(figure, title, "\n".join(filter(None, [note, measured])))
    table = pd.DataFrame(
        [{"panel": name, "shown": side * side, "size": content.shape[-1]} for name, content in panels.items()]
        + [
            {"panel": style.label("base"), "metric": r.metric, "value": r.value, "real": r.real}
            for r in scores.itertuples()
        ]
    ).convert_dtypes()
    caption = words.caption(
        "Real images of the source data (left) and samples of the base GAN trained on them (right): the frozen network "
        "that GAN Memory modulates and that the other methods start from.",
        note,
        measured and measured + ".",
        seeds,
    )
    return Drawing(figure, table, caption, sorted({spec} - {""}))


def _scores(quality: pd.DataFrame | None) -> pd.DataFrame:
    if quality is None:
        return pd.DataFrame(columns=["metric", "value", "real", "seed", "n"])
    rows = quality[(quality["task"] == 0) & quality["value"].notna()]
    rows = rows[rows["seed"] == rows["seed"].min()]
    return rows[rows["metric"].isin(["fid", "fid_clf", "task_accuracy"])].sort_values("metric")
