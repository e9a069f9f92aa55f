"""How a generator grows, and how much of it each task uses again (DGM, Figure 3a and Table 3)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures.kit import grown, notes, style
from mneme.figures.kit.drawing import Context, Drawing

SHADES = {"reused": 1.0, "idle_reused": 0.55, "newly": 0.3}
WORDS = {"reused": "reused", "idle_reused": "no gradient", "newly": "new"}


def draw(context: Context, parameters: str | Path, storage: str | Path) -> Drawing:
    """Left, weights of the masked layers in every task; right of it, a panel a method: what each task uses.

    Args:
        parameters: JSON of ``mneme.probes.sizes``; methods that grow have rows ``tasks`` and ``layers``.
        storage: JSON of the same job, a row a method and task, with seed and spec.
    """
    files_of = pd.DataFrame(files.read_json(Path(storage)))
    counted = grown.counted(parameters)
    methods = context.looks.ordered(counted)
    figure = Figure(figsize=(max(6.6, 3.3 + 1.75 * len(methods)), 3.4), layout="constrained")
    size, *panels = figure.subplots(1, 1 + len(methods), width_ratios=[1.7, *[1] * len(methods)])
    tables = []
    for method in methods:
        sizes, used = pd.DataFrame(counted[method]["tasks"]), occupation(pd.DataFrame(counted[method]["layers"]))
        look = context.looks.of(method, methods)
        size.plot(sizes["task"], sizes["weights"] / 1e3, label=context.looks.label(method), **look)
        tables.append(sizes.merge(used, on="task").assign(method=method))
    size.set(ylim=(0, None), xlabel="Task")
    size.set_title("Weights of masked layers (thousands)", loc="left")
    size.legend(loc="upper left")
    for axes, method, table in zip(panels, methods, tables, strict=True):
        below = pd.Series(0.0, table.index)
        for part, shade in SHADES.items():
            share = 100 * (table[part] - (table["idle_reused"] if part == "reused" else 0)) / table["used"]
            colour = context.looks.of(method, methods)["color"]
            axes.bar(table["task"], share, bottom=below, color=colour, alpha=shade, label=WORDS[part], width=0.8)
            below += share
        axes.set(ylim=(0, 100), xlabel="Task", xlim=(0.4, table["task"].max() + 0.6))
        axes.set_title(context.looks.label(method), loc="left")
        if axes is panels[0]:
            axes.set_ylabel("Of what a task uses (%)")
            axes.legend(loc="lower right", fontsize=6, frameon=True, framealpha=0.9, edgecolor="none")
    shown = pd.concat(tables)
    sums = "; ".join(
        f"{context.looks.label(m)} {t['weights'].iloc[0]:,} to {t['expanded'].iloc[-1]:,}"
        for m, t in zip(methods, tables, strict=True)
    )
    note = f"{context}, one chain a method, seed {files_of['seed'].iloc[0]}.\n"
    note += f"Weights, before the first task to after the last: {sums}."
    style.heading(figure, f"{context.title}: growth of the generator", note)
    caption = notes.caption(
        "Left: weights of the masked layers during each task. Right: of the entries of the masks that a task uses, the "
        "share that earlier tasks had reserved and the share that it reserves itself; entries of earlier tasks without "
        "any gradient count as used by the published rule and are told apart.",
        note,
    )
    columns = ["method", "task", "units", "weights", "expanded", "norms", "heads", "entries", "used", *SHADES, "free"]
    return Drawing(figure, shown[columns], caption, sorted(set(files_of["spec"])))


def occupation(layers: pd.DataFrame) -> pd.DataFrame:
    """Counts of all layers together, one row a task."""
    return layers.groupby("task").sum().drop(columns="layer").reset_index()
