"""The metrics of the tables: names in print, which way is better, what n counts, and how values are printed.

Figures and claims read this table too, so it imports no torch. What each evaluator computes stands in
``mneme.evaluation.quality`` instead: a job that measures must not run again because a name in print has changed.
"""

from dataclasses import dataclass, replace
from typing import Literal

Counted = Literal["distribution", "asked", "tested"]


@dataclass(frozen=True)
class Metric:
    """One name in the column ``metric``.

    Attributes:
        label: in print.
        n: what the column ``n`` counts: generated images of a ``distribution``, against as many real ones; generated
            images that were ``asked`` for; real images that predictions are ``tested`` on. None of a probe with a
            count of its own, which figures tell in other words.
        lower: whether lower is better; None where neither way is.
        share: of counted images, so 0 to 1, with the sampling error of a proportion.
        scale: what a value is multiplied by in print.
        decimals: in print; None: two, of ten and more one.
        column: whether it has one in the table of all methods.
    """

    label: str
    n: Counted | None
    lower: bool | None
    share: bool = False
    scale: float = 1.0
    decimals: int | None = None
    column: bool = True


def _share(label: str, n: Counted | None, *, lower: bool = False, column: bool = True) -> Metric:
    """A share of images, in print a percentage."""
    return Metric(label, n, lower, share=True, scale=100.0, decimals=1, column=column)


METRICS = {
    "fid": Metric("FID", "distribution", lower=True),
    "kid": Metric("KID", "distribution", lower=True, scale=1000.0),
    "precision": Metric("Precision", "distribution", lower=False, decimals=3),
    "recall": Metric("Recall", "distribution", lower=False, decimals=3),
    "fid_clf": Metric("FID_clf", "distribution", lower=True),
    "kid_clf": Metric("KID_clf", "distribution", lower=True, scale=1000.0),
    "precision_clf": Metric("Precision_clf", "distribution", lower=False, decimals=3),
    "recall_clf": Metric("Recall_clf", "distribution", lower=False, decimals=3),
    "task_accuracy": _share("Task accuracy", "asked"),
    "class_accuracy": _share("Class accuracy", "asked"),
    "reverse_accuracy": _share("Reverse accuracy", None),
    "l1": Metric("L1 (%)", "asked", lower=True),
    "luminance_correlation": Metric("Luminance correlation", "asked", lower=False),
    "gradient_energy": Metric("Gradient energy (% of real)", "asked", lower=None),
    "chroma_spread": Metric("Chroma spread (% of real)", "asked", lower=None),
    "diversity_clf": Metric("Diversity_clf", "distribution", lower=None),
    "test_accuracy": _share("Test accuracy", "tested"),
    "test_accuracy_best": _share("Test accuracy (best step)", "tested"),
    "past_as_current": _share("Earlier tasks taken for the last", None, lower=True),
    "test_accuracy_top5": _share("Test accuracy (top 5)", "tested"),
    "undrawn": _share("Samples of another class", "asked", lower=True, column=False),  # says how to read others
    "mask_occupation": Metric("Occupation of the masks", None, lower=None),
    "mask_decided": Metric("Masks near 0 or 1", None, lower=None),
}
"""In the order of the columns in the table of all methods."""

HEADLINE = ("fid", "fid_clf", "task_accuracy", "l1")
"""What figures of quality and forgetting show of a stream, as far as it was measured."""
SHARES = tuple(name for name, metric in METRICS.items() if metric.share)
UNDIRECTED = tuple(name for name, metric in METRICS.items() if metric.lower is None)


def metric(name: str) -> Metric:
    """What is known of a metric: of ``fid_<features>``, which is not listed, as much as of ``fid`` but its label."""
    plain = METRICS.get(name.split("_")[0]) or Metric(name, "distribution", lower=False)
    return METRICS.get(name) or replace(plain, label=name)


def lower_is_better(name: str) -> bool:
    """Whether a metric is a distance, in whatever features."""
    return metric(name).lower is True
