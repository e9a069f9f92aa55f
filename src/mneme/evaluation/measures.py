"""The metrics of the tables: their names in print, which way is better, and which are shares.

Figures and claims read this table too, so it imports no torch. What each evaluator computes stands in
``mneme.evaluation.quality`` instead: a job that measures must not run again because a name in print has changed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One name in the column ``metric``.

    Attributes:
        label: in print.
        lower: whether lower is better; None where neither way is.
        share: of counted images, so 0 to 1, with the sampling error of a proportion.
        tested: whether these are real test images.
    """

    label: str
    lower: bool | None
    share: bool = False
    tested: bool = False


METRICS = {
    "fid": Metric("FID", lower=True),
    "kid": Metric("KID", lower=True),
    "precision": Metric("Precision", lower=False),
    "recall": Metric("Recall", lower=False),
    "fid_clf": Metric("FID_clf", lower=True),
    "kid_clf": Metric("KID_clf", lower=True),
    "precision_clf": Metric("Precision_clf", lower=False),
    "recall_clf": Metric("Recall_clf", lower=False),
    "task_accuracy": Metric("Task accuracy", lower=False, share=True),
    "class_accuracy": Metric("Class accuracy", lower=False, share=True),
    "reverse_accuracy": Metric("Reverse accuracy", lower=False, share=True, tested=True),
    "l1": Metric("L1 (%)", lower=True),
    "luminance_correlation": Metric("Luminance correlation", lower=False),
    "gradient_energy": Metric("Gradient energy (% of real)", lower=None),
    "chroma_spread": Metric("Chroma spread (% of real)", lower=None),
    "diversity_clf": Metric("Diversity_clf", lower=None),
    "test_accuracy": Metric("Test accuracy", lower=False, share=True, tested=True),
    "test_accuracy_best": Metric("Test accuracy (best step)", lower=False, share=True, tested=True),
    "past_as_current": Metric("Earlier tasks taken for the last", lower=True, share=True, tested=True),
    "test_accuracy_top5": Metric("Test accuracy (top 5)", lower=False, share=True, tested=True),
    "undrawn": Metric("Samples of another class", lower=True, share=True),
    "mask_occupation": Metric("Occupation of the masks", lower=None),
    "mask_decided": Metric("Masks near 0 or 1", lower=None),
}
"""In the order of the columns in the table of all methods."""

SHARES = tuple(name for name, metric in METRICS.items() if metric.share)
TESTED = tuple(name for name, metric in METRICS.items() if metric.tested)
UNDIRECTED = tuple(name for name, metric in METRICS.items() if metric.lower is None)


def lower_is_better(name: str) -> bool:
    """Whether a metric is a distance, in whatever features: an unlisted ``fid_<features>`` is one as ``fid`` is."""
    metric = METRICS.get(name) or METRICS.get(name.split("_")[0])
    return metric is not None and metric.lower is True
