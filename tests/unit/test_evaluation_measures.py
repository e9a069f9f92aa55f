"""The table of metrics: which way is better, and that it knows every metric that is measured."""

import subprocess
import sys
from typing import get_args

from mneme.claims import schema
from mneme.evaluation import evaluate, predictions, quality, translation
from mneme.evaluation.measures import METRICS, SHARES, UNDIRECTED, lower_is_better, metric
from mneme.plan.jobs.evaluate import TOP
from mneme.probes import best_step, confusion, masks


def test_which_way_is_better():
    lower = {"fid", "kid", "fid_clf", "kid_clf", "past_as_current", "l1", "undrawn"}
    assert {name for name in METRICS if lower_is_better(name)} == lower
    masks = {"mask_occupation", "mask_decided"}
    assert set(UNDIRECTED) == {"gradient_energy", "chroma_spread", "diversity_clf"} | masks


def test_a_distance_in_other_features_is_a_distance():
    assert lower_is_better("fid_dino") and lower_is_better("kid_dino")
    assert not lower_is_better("precision_dino") and not lower_is_better("fidelity")
    assert (metric("kid_dino").label, metric("kid_dino").scale) == ("kid_dino", 1000)


def test_every_measured_metric_has_its_row():
    measured = {quality.label(name, kind) for kind, names in quality.MEASURES.items() for name in names}
    probed = {"reverse_accuracy", evaluate.UNDRAWN, best_step.METRIC, confusion.METRIC, masks.OCCUPATION, masks.DECIDED}
    assert measured | probed | {*translation.MEASURES, *map(predictions.name_of, TOP)} == set(METRICS)
    assert set(quality.ACCURACY) < set(SHARES)


def test_what_n_counts():
    """As the jobs that measure count, which do not read this table."""
    counted = {
        n: {name for name, metric in METRICS.items() if metric.n == n} for n in ("distribution", "asked", "tested")
    }
    assert counted["asked"] == {*quality.ACCURACY, *translation.MEASURES, evaluate.UNDRAWN}
    assert counted["tested"] == {*map(predictions.name_of, TOP), best_step.METRIC}
    measured = {quality.label(name, kind) for kind, names in quality.MEASURES.items() for name in names}
    assert counted["distribution"] == measured - counted["asked"]


def test_a_claim_may_ask_for_every_metric():
    assert get_args(schema.Metric) == tuple(METRICS)


def test_planning_and_figures_need_no_torch_for_it():
    program = "import sys, mneme.evaluation.measures; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": ":".join(sys.path)}).returncode == 0
