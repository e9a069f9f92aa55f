"""The sentences under the figures: what was measured, over how many seeds and images, which values are missing."""

import pandas as pd

from mneme.evaluation import measures
from mneme.figures.kit.drawing import Context, Looks


def listed(words: list[str]) -> str:
    """``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def seeds(table: pd.DataFrame) -> str:
    """``n = 1 seed (0), so no spread is shown``, or ``mean ± standard deviation over n = 2 seeds (0 and 1)``."""
    found = sorted({int(seed) for seed in table["seed"]})
    names = listed([str(seed) for seed in found])
    if len(found) == 1:
        return f"n = 1 seed ({names}), so no spread is shown"
    return f"mean ± standard deviation over n = {len(found)} seeds ({names})"


def images(table: pd.DataFrame) -> str:
    """``120 generated against as many real images a task``, or the range over tasks; accuracies may have more. Those of
    predictions are on real test images."""
    counted = table["metric"].map(lambda name: measures.metric(name).n)
    compared, accurate, predicted = (table[counted == n] for n in ("distribution", "asked", "tested"))
    parts = [f"{span(compared)} generated against as many real images a task"] if len(compared) else []
    if len(accurate) and (not parts or accurate["n"].max() > compared["n"].max()):
        parts.append(f"accuracies on {span(accurate)} generated images a task")
    if len(predicted):
        parts.append(f"accuracies of predictions on {span(predicted)} real test images a task")
    return ", ".join(parts)


def span(table: pd.DataFrame) -> str:
    """``100``, or ``100 to 120``: the least and the most of ``n``."""
    few, many = int(table["n"].min()), int(table["n"].max())
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


def baseline(table: pd.DataFrame) -> str:
    """What the dashed line is, if there is one."""
    known = table["real"].notna().any()
    return "The dashed line is the same measure between two sets of real images." if known else ""


def missing(table: pd.DataFrame, looks: Looks) -> str:
    """Names every (method, seed) with a missing value; empty if there is none."""
    broken = table[table["status"] != "ok"]
    runs = {(row.method, int(row.seed)): row.status for row in broken.itertuples()}
    parts = [f"{looks.label(method)}, seed {seed}: {status}" for (method, seed), status in sorted(runs.items())]
    return f"Missing values: {'; '.join(parts)}." if parts else ""


def note(table: pd.DataFrame, context: Context, counted: str = "") -> str:
    """The grey line under a figure.

    Args:
        counted: what ``n`` counts, where it is not images of a generator.
    """
    streams = listed(sorted({f"'{stream}'" for stream in table["stream"]}))
    where = f"Experiment '{context.experiment}', stream {streams}, tier '{context.tier}'"
    line = f"{where}; {seeds(table)}; {counted or images(table)}."
    return "\n".join(filter(None, [line, missing(table, context.looks)]))


def caption(*sentences: str) -> str:
    """Sentences joined into one paragraph."""
    return " ".join(" ".join(sentence.split()) for sentence in sentences if sentence)
