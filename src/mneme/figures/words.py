"""The sentences under the figures: what was measured, over how many seeds and images, what is a hole."""

import pandas as pd

from mneme.figures import style


def listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def seeds(table: pd.DataFrame) -> str:
    """``n = 1 seed (0), so no spread is shown``, or ``mean ± standard deviation over n = 2 seeds (0 and 1)``."""
    found = sorted({int(seed) for seed in table["seed"]})
    names = listed([str(seed) for seed in found])
    if len(found) == 1:
        return f"n = 1 seed ({names}), so no spread is shown"
    return f"mean ± standard deviation over n = {len(found)} seeds ({names})"


ACCURACIES = ("task_accuracy", "class_accuracy")


def images(table: pd.DataFrame) -> str:
    """``120 generated against as many real images a task``, or the range over tasks; accuracies may have more."""
    judged = table[table["metric"].isin(ACCURACIES)]
    compared = table[~table["metric"].isin((*ACCURACIES, "reverse_accuracy"))]
    parts = [f"{_range(compared)} generated against as many real images a task"] if len(compared) else []
    if len(judged) and (not parts or judged["n"].max() > compared["n"].max()):
        parts.append(f"accuracies on {_range(judged)} generated images a task")
    return ", ".join(parts)


def _range(table: pd.DataFrame) -> str:
    few, many = int(table["n"].min()), int(table["n"].max())
    return f"{few:,}" if few == many else f"{few:,} to {many:,}"


def holes(table: pd.DataFrame) -> str:
    """Names every (method, seed) with a hole; empty if there is none."""
    broken = table[table["status"] != "ok"]
    runs = {(row.method, int(row.seed)): row.status for row in broken.itertuples()}
    if not runs:
        return ""
    parts = [f"{style.label(method)}, seed {seed}: {status}" for (method, seed), status in sorted(runs.items())]
    return f"Holes: {'; '.join(parts)}."


def note(table: pd.DataFrame, tier: str, experiment: str) -> str:
    """The grey line under a figure."""
    streams = listed(sorted({f"'{stream}'" for stream in table["stream"]}))
    lines = [f"Experiment '{experiment}', stream {streams}, tier '{tier}'; {seeds(table)}; {images(table)}."]
    return "\n".join([*lines, *filter(None, [holes(table)])])


def caption(*sentences: str) -> str:
    """Sentences joined into one paragraph."""
    return " ".join(" ".join(sentence.split()) for sentence in sentences if sentence)
