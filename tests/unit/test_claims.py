"""The claims ledger: verdicts on a small experiment, and what a mistake in a claims file is answered with."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic
import torch
from scipy import stats

from mneme import files
from mneme.catalogue import paper
from mneme.catalogue.explain import parse
from mneme.catalogue.plain_yaml import read_mapping
from mneme.claims.evidence import Evidence, NotMeasuredError, moved, sampling_error
from mneme.claims.ledger import _of_all, decide
from mneme.claims.page import html
from mneme.claims.predicates import PREDICATES
from mneme.claims.read import claims
from mneme.claims.schema import Claim, Predicate
from mneme.errors import UserError
from mneme.figures.kit import scores as tables
from mneme.figures.kit.drawing import Looks
from mneme.figures.kit.scores import interval

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "config" / "papers" / "gan_memory.yaml"
PAPER = parse(paper.Paper, read_mapping(PUBLISHED), str(PUBLISHED))
LOOKS = paper.looks([PAPER], PAPER.methods)
COUNTS = {"gan_memory": {"per_task": 21, "generator": 100}}
WORDS = {True: "reproduced", False: "not reproduced", None: "undecided"}
ENTRY = {
    "id": "one",
    "paper": "gan_memory",
    "where": "Table 1",
    "statement": "It is better.",
    "published": "a number",
    "needs": {"methods": ["gan_memory"]},
    "predicate": {"identical": {"method": "gan_memory"}},
}
OBSERVED = "observed (1 seed)"


def evidence(folder: Path, rows=None, curve=None, parameters=COUNTS) -> Evidence:
    rows = (rows or synthetic.quality_rows()) + synthetic.predicted_rows()
    written = {
        "quality": rows,
        "summary": synthetic.summary_rows(rows),
        "curve": (curve or synthetic.curve_rows()) + synthetic.counted_rows(),
    }
    read = {
        kind: tables.read(synthetic.write_csv(folder / f"{kind}.csv", part), kind) for kind, part in written.items()
    }
    return Evidence(**read, parameters=parameters, looks=Looks(LOOKS))


def claim(predicate: dict, tolerance: float = 0.0, **needs) -> Claim:
    fields = {"predicate": predicate, "tolerance": tolerance, "needs": {"methods": ["gan_memory"], **needs}}
    return Claim.model_validate(ENTRY | fields)


def holds(folder: Path, predicate: dict, tolerance: float) -> bool:
    """Of the first seed alone."""
    decided = decide(claim(predicate, tolerance), evidence(folder).of_seed(0), "demo").verdict
    return {OBSERVED: True, f"not {OBSERVED}": False}[decided]


def verdict(folder: Path, predicate: dict, tolerance: float = 0.0, **tables_) -> str:
    return decide(claim(predicate, tolerance), evidence(folder, **tables_), "demo").verdict


@pytest.fixture
def ledger_of(tmp_path):
    def decided(**tables_) -> dict:
        found = evidence(tmp_path, **tables_)
        return {
            one.claim.id: one
            for one in (decide(claim, found, "demo") for claim in claims(PAPER, "gan_memory", str(PUBLISHED)))
        }

    return decided


def test_the_published_claims_on_an_experiment_that_shows_them(ledger_of):
    verdicts = {name: one.verdict for name, one in ledger_of().items()}
    not_here = {
        "beats_mergan_along_stream",
        "normalisation_helps",
        "compression_is_comparable",
        "cutting_costs_little",
        "tuned_ewc_barely_works",
        "no_forgetting_compressed",
        "biases_matter_little",
        "mergan_forgets",
        "better_than_mergan_on_the_current_task",
        "styles_are_of_low_rank",
        "lower_rank_near_the_noise",
        "truncation_costs_little",
        "later_tasks_add_less",
        "shares_of_table_1",
        "replay_beats_mergans_along_stream",
    }
    assert {name for name, word in verdicts.items() if word == "not run"} == not_here
    diverged = {"replay_beats_ewc_along_stream", "replay_keeps_earlier_tasks", "joint_is_the_upper_bound"}  # seed 1
    near = {"better_than_finetuning_a_task"}  # so in both seeds, by margins too different for two
    assert {name for name, word in verdicts.items() if word == "undecided"} == diverged | near
    assert {word for name, word in verdicts.items() if name not in not_here | diverged | near} == {"reproduced"}


def test_a_classifier_is_asked_at_the_ends_of_tasks(ledger_of):
    """Test accuracy after task 2 and 3, by a loop; what was measured on the way does not count."""
    rows = [row for row in synthetic.counted_rows() if row["method"] == "classifier_ewc" and row["step"] == 40]
    found = ledger_of()["replay_beats_ewc_along_stream"].measured
    for t in (2, 3):
        mean = sum(row["value"] for row in rows if row["checkpoint"] == t) / (2 * t)
        (said,) = re.findall(rf"after task {t}: ([\d.]+) against", found)
        assert float(said) == pytest.approx(100 * mean, abs=0.051) and "Test accuracy" in found


def test_one_changed_sample_is_forgetting(ledger_of):
    rows = synthetic.quality_rows()
    for row in rows:
        if (row["method"], row["seed"], row["checkpoint"], row["task"]) == ("gan_memory", 1, 3, 1):
            row["samples_sha256"] = synthetic.digest("other")
    one = ledger_of(rows=rows)["no_forgetting"]
    assert one.verdict == "not reproduced" and one.measured.startswith("5 of 6")


def test_both_numbers_are_given(ledger_of):
    one = ledger_of()["beats_finetuning_finally"]
    last = [(synthetic.fid("gan_memory", 0, 3, i) + synthetic.fid("gan_memory", 1, 3, i)) / 2 for i in (1, 2, 3)]
    assert f"GAN Memory {sum(last) / 3:.2f}" in one.measured and "FID_clf" in one.measured
    assert not re.search(r"FID(?!_clf)", one.measured)


def test_fid_is_used_where_it_was_measured(ledger_of):
    rows = synthetic.quality_rows()
    rows += [{**row, "metric": "fid"} for row in rows if row["metric"] == "fid_clf"]
    assert ledger_of(rows=rows)["beats_finetuning_finally"].measured.startswith("FID, ")


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        (
            {"compare": {"metric": "fid_clf", "statistic": "final_mean", "lower": "finetune", "higher": "gan_memory"}},
            False,
        ),
        ({"compare": {"metric": "fid", "statistic": "forgetting", "lower": "gan_memory", "higher": "finetune"}}, True),
        ({"along_stream": {"metric": "fid", "lower": "finetune", "higher": "gan_memory"}}, False),
        ({"bound": {"metric": "task_accuracy", "statistic": "earlier_mean", "method": "finetune", "below": 0.5}}, True),
        (
            {"bound": {"metric": "task_accuracy", "statistic": "earlier_mean", "method": "gan_memory", "below": 0.5}},
            False,
        ),
        (
            {"bound": {"metric": "task_accuracy", "statistic": "earlier_mean", "method": "gan_memory", "above": 0.9}},
            True,
        ),
        (
            {"ends_lower": {"lower": "transfer", "higher": "gan_memory"}},
            None,
        ),  # not in the seeds' means; two seeds tell nothing of three tasks
        ({"faster": {"method": "transfer", "baseline": "gan_memory"}}, False),
        ({"parameters": {"method": "gan_memory", "share": 0.21}}, True),
        ({"parameters": {"method": "gan_memory", "share": 0.5}}, False),
    ],
)
def test_predicates(predicate, expected, tmp_path):
    assert verdict(tmp_path, predicate, 0.001) == WORDS[expected]


def test_a_value_is_asked_from_both_sides(tmp_path):
    """GAN Memory is at 7.2 and 8.7: the interval of their mean is too wide for a tenth."""
    near = {"value": {"metric": "fid_clf", "statistic": "final_mean", "method": "gan_memory", "published": 7.95}}
    one = decide(claim(near, 0.1), evidence(tmp_path), "demo")
    low, _ = interval([7.2 - 7.95 + 0.795, 8.7 - 7.95 + 0.795])
    assert one.verdict == "undecided" and f"margin {low:.3g} to" in one.measured
    for published, expected in ((7.95, "reproduced"), (100.0, "not reproduced")):
        far = {"value": near["value"] | {"published": published}}
        assert verdict(tmp_path, far, 2.0 if published == 7.95 else 0.1) == expected


def test_tolerance_is_relative(tmp_path):
    close = {"value": {"metric": "fid_clf", "statistic": "final_mean", "method": "gan_memory", "published": 7.8}}
    assert not holds(tmp_path, close, 0.05)  # 7.2
    assert holds(tmp_path, close, 0.1)
    order = {"compare": {"metric": "fid_clf", "statistic": "final_mean", "lower": "gan_memory", "higher": "joint"}}
    assert not holds(tmp_path, order, 0.0)  # 7.95 against 5.95
    assert holds(tmp_path, order, 0.4)


def shares(values: dict[tuple[str, int], float], images: int = 1000) -> list[dict]:
    """Rows of one seed: (method, task) -> class accuracy after every task."""
    rows = [row for row in synthetic.quality_rows(seeds=(0,)) if row["metric"] == "fid_clf"]
    return [
        {**row, "metric": "class_accuracy", "value": values[row["method"], row["task"]], "n": images}
        for row in rows
        if (row["method"], row["task"]) in values
    ]


@pytest.mark.parametrize(
    ("earlier", "newest", "forgets", "remembers"),
    [
        (0.02, 0.9, "reproduced", "not reproduced"),
        (0.02, 0.3, "not reproduced", "not reproduced"),  # it learns nothing
        (0.9, 0.9, "not reproduced", "reproduced"),
        (0.9, 0.07, "not reproduced", "not reproduced"),  # it stays where it was
        (0.09, 0.9, "undecided", "not reproduced"),  # standard error of 200 images 0.014
        (0.0, 0.55, "undecided", "not reproduced"),  # of the last task's 100 images 0.05
    ],
)
def test_forgetting_and_remembering_see_both_sides(tmp_path, earlier, newest, forgets, remembers):
    parts = {("gan_memory", 1): earlier, ("gan_memory", 2): earlier, ("gan_memory", 3): newest}
    rows = synthetic.quality_rows(seeds=(0,)) + shares(parts, 100)
    of = {"metric": "class_accuracy", "method": "gan_memory"}
    forgot = {"bound": {**of, "statistic": "earlier_mean", "below": 0.1, "newest_above": 0.5}}
    kept = {"bound": {**of, "statistic": "weaker_side", "above": 0.8}}
    found = evidence(tmp_path, rows=rows)
    assert [decide(claim(asked), found, "demo").verdict for asked in (forgot, kept)] == [forgets, remembers]
    error = sampling_error(found, "class_accuracy", "weaker_side", "gan_memory")
    assert error == pytest.approx(
        (newest * (1 - newest) / 100) ** 0.5 if newest < earlier else (earlier * (1 - earlier) / 200) ** 0.5
    )


def test_a_distance_of_a_model_that_draws_other_classes_is_not_compared(tmp_path):
    order = {"compare": {"metric": "fid_clf", "statistic": "final_mean", "lower": "gan_memory", "higher": "finetune"}}
    needs = {"methods": ["gan_memory", "finetune"], "drawn": 0.5}
    for share, expected in ((0.4, "not run"), (0.6, OBSERVED)):
        drawn = {(method, t): share if method == "finetune" else 0.9 for method in needs["methods"] for t in (1, 2, 3)}
        rows = synthetic.quality_rows(seeds=(0,)) + shares(drawn)
        one = decide(claim(order, **needs), evidence(tmp_path, rows=rows), "demo")
        assert one.verdict == expected
    assert decide(claim(order, **needs), evidence(tmp_path), "demo").measured.startswith("no final_mean of class_acc")
    drawn = {(method, t): 0.0 if method == "gan_memory" else 0.9 for method in needs["methods"] for t in (1, 2, 3)}
    rows = synthetic.quality_rows(seeds=(0,)) + shares(drawn)  # the claimed method draws others: its distance tells
    assert decide(claim(order, **needs), evidence(tmp_path, rows=rows), "demo").verdict == OBSERVED


@pytest.mark.parametrize(
    ("steps", "expected", "said"),
    [
        ((10, 10), "reproduced", "against step 100"),
        ((10, 999), "undecided", "so in 1 of 2 seeds"),
        ((999, 999), "not reproduced", "never reached"),
    ],
)
def test_faster_is_decided_where_all_seeds_agree(tmp_path, steps, expected, said):
    """The baseline is best at its last step; GAN Memory is there at one step in each task, or never."""
    rows = [row for row in synthetic.curve_rows(("gan_memory", "transfer"), (0, 1)) if row["metric"] == "fid_clf"]
    last = max(row["step"] for row in rows)
    for row in rows:
        there = row["step"] >= steps[row["seed"]]
        row["value"] = 200.0 - row["step"] if row["method"] == "transfer" else 200.0 - last if there else 300.0
    asked = {"faster": {"method": "gan_memory", "baseline": "transfer"}}
    one = decide(claim(asked), evidence(tmp_path, curve=rows), "demo")
    assert one.verdict == expected and said.replace("100", str(last)) in one.measured and "margin" not in one.measured


def test_no_mean_decides_against_all_seeds(tmp_path):
    """Each seed is too late in one task, another in each; the mean curve is in time in both."""
    rows = [row for row in synthetic.curve_rows(("gan_memory", "transfer"), (0, 1)) if row["metric"] == "fid_clf"]
    rows = [row for row in rows if row["task"] < 3]
    for row in rows:
        late = row["method"] == "gan_memory" and row["task"] == row["seed"] + 1
        row["value"] = 100.0 if row["step"] == 450 and not late else 110.0
        row["value"] -= 50.0 * (row["method"] == "gan_memory" and row["step"] == 225 and not late)
    asked = {"faster": {"method": "gan_memory", "baseline": "transfer"}}
    found = evidence(tmp_path, curve=rows)
    assert PREDICATES["faster"](found, claim(asked).predicate.faster, 0.0).holds
    one = decide(claim(asked), found, "demo")
    assert one.verdict == "not reproduced" and one.measured.endswith("so in 0 of 2 seeds")


def test_equal_methods_are_seldom_told_apart_in_the_worst_of_many_tasks():
    """Six tasks, five seeds, differences that are noise alone: told apart in 5 % of runs at most."""
    generator = np.random.default_rng(0)
    ends = [_of_all(generator.normal(size=(6, 5)).tolist()) for _ in range(400)]
    assert np.mean([high <= 0 for _, high in ends]) <= 0.05 and np.mean([low > 0 for low, _ in ends]) <= 0.01


def test_the_ends_of_several_intervals():
    """The lower ends are of 95 % intervals, the upper ones of 97.5 % for two conditions; the least of each counts."""
    several = ([1.0, 2.0, 3.0], [0.5, 0.7, 0.6])
    low, high = (
        min(stats.t.interval(share, 2, np.mean(values), stats.sem(values))[side] for values in several)
        for side, share in ((0, 0.95), (1, 0.975))
    )
    assert _of_all(several) == pytest.approx((low, high))


@pytest.mark.parametrize("name", ["ends_lower", "along_stream"])
def test_an_ordering_in_every_task_has_a_margin_in_each(tmp_path, name):
    fields = {"lower": "gan_memory", "higher": "finetune" if name == "along_stream" else "transfer"}
    chosen = claim({name: fields | ({"metric": "fid"} if name == "along_stream" else {})}).predicate.chosen[1]
    found = PREDICATES[name](evidence(tmp_path), chosen, 0.0)
    assert len(found.margins) == (2 if name == "along_stream" else 3)  # of three tasks; after tasks 2 and 3


def test_seeds_that_contradict_each_other_leave_it_undecided(tmp_path):
    """GAN Memory is at 7.2 and 8.7, joint training now at 8.0 in both seeds."""
    rows = synthetic.quality_rows()
    for row in rows:
        if row["method"] == "joint" and row["metric"] == "fid_clf":
            row["value"] = 8.0
    order = {"compare": {"metric": "fid", "statistic": "final_mean", "lower": "gan_memory", "higher": "joint"}}
    one = decide(claim(order), evidence(tmp_path, rows=rows), "demo")
    assert (one.verdict, one.seeds) == ("undecided", 2) and one.measured.endswith("; so in 1 of 2 seeds")
    assert "95 % interval of 2 seeds" in one.measured
    assert decide(claim(order), evidence(tmp_path, rows=rows).of_seed(0), "demo").verdict == "observed (1 seed)"
    assert decide(claim(order), evidence(tmp_path, rows=rows).of_seed(1), "demo").verdict == "not observed (1 seed)"


def test_the_interval_is_that_of_a_paired_t_test():
    low, high = [7.0, 8.5, 7.5, 8.0, 6.0], [7.9, 8.6, 8.1, 8.3, 7.0]
    expected = stats.ttest_rel(high, low).confidence_interval(0.95)
    assert interval([b - a for a, b in zip(low, high, strict=True)]) == pytest.approx(tuple(expected))


def test_an_ordering_is_decided_where_the_interval_of_the_margins_has_no_zero(tmp_path):
    """Joint training is lower by 1.0 and 1.1 of a mean of 3 cells in one case, by 0.1 and 2.0 in the other."""
    order = {"compare": {"metric": "fid_clf", "statistic": "final_mean", "lower": "joint", "higher": "gan_memory"}}
    for margins, expected in (((1.0, 1.1), "reproduced"), ((-1.0, -1.1), "not reproduced"), ((0.1, 2.0), "undecided")):
        rows = synthetic.quality_rows()
        for row in rows:
            if row["method"] == "joint" and row["metric"] == "fid_clf":
                other = synthetic.fid("gan_memory", row["seed"], row["checkpoint"], row["task"])
                row["value"] = other - margins[row["seed"]]
        one = decide(claim(order), evidence(tmp_path, rows=rows), "demo")
        low, high = interval(margins)
        assert one.verdict == expected and f"margin {low:.3g} to {high:.3g}" in one.measured


def test_shares_of_few_images_tell_no_small_difference(tmp_path):
    """0.90 and 0.91 of 3 x 100 images: standard error 0.024; 0.5 and 0.9 differ by more than twice theirs."""
    rows = [row for row in synthetic.quality_rows(seeds=(0,)) if row["metric"] != "task_accuracy"]
    order = {"compare": {"metric": "task_accuracy", "statistic": "final_mean", "lower": "joint", "higher": "finetune"}}
    for low, expected, images in ((0.9, "undecided", 100), (0.5, OBSERVED, 100), (0.9, OBSERVED, 100000)):
        shares = {"joint": low, "finetune": 0.91}
        asked = [
            {**row, "metric": "task_accuracy", "value": shares[row["method"]], "n": images}
            for row in rows
            if row["metric"] == "fid_clf" and row["method"] in shares
        ]
        found = evidence(tmp_path, rows=rows + asked)
        one = decide(claim(order), found, "demo")
        assert one.verdict == expected
        error = sampling_error(found, "task_accuracy", "final_mean", "finetune")
        assert error == pytest.approx((0.91 * 0.09 / (3 * images)) ** 0.5)


@pytest.mark.parametrize("seeds", [(0,), (0, 1)])
def test_a_method_that_diverges_on_the_way_wins_nothing(tmp_path, seeds):
    """GAN Memory is far better until it diverges: in the second half of a curve, in one of three tasks."""
    curve, rows = synthetic.curve_rows(), synthetic.quality_rows(seeds=seeds)
    for row in (*curve, *rows):
        if row["method"] == "gan_memory" and row["metric"] == "fid_clf":
            late = row["step"] > 50 if "step" in row else row["task"] == 2
            row |= {"value": "", "status": "diverged"} if late else {"value": 0.001}
    curve = [row for row in curve if row["seed"] in seeds]
    found = evidence(tmp_path, rows=rows, curve=curve)
    means = [
        {"compare": {"metric": "fid_clf", "statistic": name, "lower": "gan_memory", "higher": "finetune"}}
        for name in ("final_mean", "earlier_mean", "learned_mean")
    ]
    ends = [
        {"ends_lower": {"lower": "gan_memory", "higher": "transfer"}},
        {"faster": {"method": "gan_memory", "baseline": "transfer"}},
    ]
    for predicate in means + ends:
        one = decide(claim(predicate), found, "demo")
        word = "not reproduced" if len(seeds) > 1 else "not observed (1 seed)"
        assert (one.verdict, one.measured) == (word, "GAN Memory diverged")


def test_close_is_asked_from_both_sides(tmp_path):
    """GAN Memory 7.2, joint training 5.2."""
    for method, other in (("gan_memory", "joint"), ("joint", "gan_memory")):
        near = {"close": {"metric": "fid", "statistic": "final_mean", "method": method, "other": other}}
        assert not holds(tmp_path, near, 0.1)
        assert holds(tmp_path, near, 0.5)


def test_equal_is_not_better(tmp_path):
    order = {"compare": {"metric": "fid_clf", "statistic": "final_mean", "lower": "joint", "higher": "joint"}}
    assert verdict(tmp_path, order) == "not reproduced"


def test_a_method_that_diverged_in_every_seed_does_not_reproduce(ledger_of):
    rows = synthetic.quality_rows()
    for row in rows:
        if row["method"] == "gan_memory":
            row |= {"value": "", "status": "collapsed", "samples_sha256": ""}
    one = ledger_of(rows=rows)["beats_finetuning_finally"]
    assert one.verdict == "not reproduced" and one.measured == "GAN Memory collapsed"


def test_what_was_not_measured_is_not_run(tmp_path):
    single = [row for row in synthetic.quality_rows() if row["checkpoint"] == 1]
    assert verdict(tmp_path, {"identical": {"method": "gan_memory"}}, rows=single) == "not run"
    assert verdict(tmp_path, {"parameters": {"method": "gan_memory", "share": 0.2}}, parameters={}) == "not run"
    along = {"along_stream": {"metric": "fid", "lower": "gan_memory", "higher": "finetune"}}
    assert verdict(tmp_path, along, rows=single) == "not run"


def test_an_experiment_without_curves(tmp_path):
    found = evidence(tmp_path)
    columns = list(found.curve.columns)
    (tmp_path / "none.csv").write_text(",".join(columns) + "\n")
    found = found._replace(curve=tables.read(tmp_path / "none.csv", "curve"))
    one = decide(claim({"faster": {"method": "gan_memory", "baseline": "finetune"}}), found, "demo")
    assert (one.verdict, one.measured) == ("not run", "no curve was measured")


def test_needs(tmp_path):
    found, asked = evidence(tmp_path), ENTRY["predicate"]
    assert decide(claim(asked, tiers=["paper"]), found, "demo").measured == "not run at this tier: needs paper"
    assert decide(claim(asked, tiers=["paper"]), found, "paper").verdict == "reproduced"
    assert "not run on this stream" in decide(claim(asked, streams=["flowers"]), found, "demo").measured
    assert "needs mergan_ra" in decide(claim(asked, methods=["mergan_ra"]), found, "demo").measured


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicat": {}}, r"unknown key 'predicat' \(did you mean 'predicate'\?\)"),
        ({"predicate": {"comprae": {}}}, r"unknown key 'predicate.comprae' \(did you mean 'compare'\?\)"),
        (
            {"predicate": {"identical": {"metod": "x", "method": "y"}}},
            r"unknown key 'predicate.identical.metod' \(did you mean 'method'",
        ),
        ({"predicate": {}}, "exactly one of: compare"),
        ({"predicate": {"identical": {"method": "x"}, "faster": {"method": "x", "baseline": "y"}}}, "exactly one of"),
        ({"predicate": {"identical": {}}}, "the key 'predicate.identical.method' is missing"),
        (
            {"predicate": {"along_stream": {"metric": "fid_cfl", "lower": "a", "higher": "b"}}},
            r"did you mean 'fid_clf'\?",
        ),
        ({"needs": {"methods": []}}, "needs.methods"),
        (
            {"needs": {"tiers": ["papr"], "methods": ["joint"]}},
            r"'needs.tiers.0: papr' must be one of .* \(did you mean 'paper'\?\)",
        ),
        ({"tolerance": -1.0}, "tolerance"),
        ({"tolerance": "0.1"}, "tolerance"),
        ({"published": 3}, "published"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(change, message, tmp_path):
    path = tmp_path / "paper.yaml"
    with pytest.raises(UserError, match=message) as caught:
        claims(holding([copy.deepcopy(ENTRY) | change]), "gan_memory", str(path))
    assert str(path) in str(caught.value) and "claim 1 (one)" in str(caught.value) and "\n" not in str(caught.value)


def holding(entries) -> paper.Paper:
    return paper.Paper(title="T", methods={}, published=PAPER.published, claims=entries)


def test_ids_and_numbers_that_do_not_fit():
    with pytest.raises(UserError, match="'one' occurs twice"):
        claims(holding([ENTRY] * 2), "p", "p.yaml")
    numbered = {**ENTRY, "numbers": "butterflies_fdi"}
    with pytest.raises(UserError, match=r"not in 'published:' \(did you mean 'butterflies_fid'\?\)"):
        claims(holding([numbered]), "p", "p.yaml")
    for change in ({"statement": "{joint:.1f}"}, {"predicate": {"value": {"method": "joint"}}}):
        with pytest.raises(UserError, match=r"claim 1 \(one\): 'joint' is no number of 'butterflies_fid'"):
            claims(holding([{**ENTRY, "numbers": "butterflies_fid", **change}]), "p", "p.yaml")
    (filled,) = claims(
        holding([{**ENTRY, "numbers": "butterflies_fid", "statement": "{gan_memory:.1f}",
                  "predicate": {"value": {"method": "gan_memory"}}}]), "p", "p.yaml")  # fmt: skip
    assert filled.statement == "31.9" and filled.paper == "gan_memory"
    asked_of = filled.predicate.value
    assert (asked_of.metric, asked_of.statistic, asked_of.published) == ("fid", "final_mean", 31.9)


# ---- what style sets need --------------------------------------------------------------------------------------------


def asked(tmp_path, predicate, tolerance=0.0, **looked) -> tuple[str, str]:
    found = evidence(tmp_path)._replace(**looked)
    one = decide(claim(predicate, tolerance), found, "demo")
    return one.verdict, one.measured


def compressed(*shares) -> dict:
    tasks = [{"task": k, "parameters": round(1000 * share), "naive": 1000} for k, share in enumerate(shares, 1)]
    return {"m": {"per_task": 1, "generator": 2, "tasks": tasks}}


def test_what_tasks_add(tmp_path):
    falls = {"added": {"method": "m"}}
    said = asked(tmp_path, falls, parameters=compressed(0.4, 0.2, 0.3))
    assert said == (OBSERVED, "m adds 40.0, 20.0, 30.0 %")
    assert asked(tmp_path, falls, parameters=compressed(0.4, 0.2, 0.5))[0] == f"not {OBSERVED}"
    assert asked(tmp_path, falls, parameters=compressed(1.1, 0.2))[0] == f"not {OBSERVED}"
    assert asked(tmp_path, falls, parameters={})[0] == "not run"
    published = {"added": {"method": "m", "shares": [0.4, 0.1]}}
    assert asked(tmp_path, published, 0.25, parameters=compressed(0.45, 0.08))[0] == OBSERVED
    assert asked(tmp_path, published, 0.25, parameters=compressed(0.45, 0.2))[0] == f"not {OBSERVED}"
    assert asked(tmp_path, published, 0.25, parameters=compressed(0.45))[0] == f"not {OBSERVED}"


def singular(**layers) -> list[dict]:
    place = {"seed": 0, "task": 1, "group": "scale"}
    return [
        {**place, "layer": layer, "index": j, "value": float(value)}
        for layer, values in layers.items()
        for j, value in enumerate(values)
    ]


def test_the_rank_that_energy_needs(tmp_path):
    """B0: 8 of 10 in the first of four values; B1 to B3: 3 of 4, 4 of 4, 2 of 2 values."""
    rows = singular(B0L0=[8, 1, 1, 0], B1L0=[4, 3, 2, 1], B2L0=[1, 1, 1, 1], B3L1=[3, 3])
    energy = {"energy": 0.8}
    verdict_, text = asked(tmp_path, {"low_rank": {**energy, "share": 0.5}}, singular=rows)
    assert verdict_ == OBSERVED and "25 % (B0), 75 % (B1), 100 % (B2), 100 % (B3)" in text
    assert text.endswith("50 % of the singular values")  # B0 and B1
    assert asked(tmp_path, {"low_rank": {**energy, "share": 0.49}}, singular=rows)[0] == f"not {OBSERVED}"
    assert asked(tmp_path, {"low_rank": energy}, singular=rows)[0] == OBSERVED
    base = [{**row, "task": 0} for row in singular(B0L0=[1, 1], B1L0=[9, 1])]
    again = asked(tmp_path, {"low_rank": {**energy, "share": 0.5}}, singular=[*base, *rows])
    assert again == (OBSERVED, f"{text} (of the base GAN's own: 100 % (B0), 50 % (B1))")
    turned = singular(B0L0=[1, 1], B1L0=[9, 1], B2L0=[9, 1])
    assert asked(tmp_path, {"low_rank": energy}, singular=turned)[0] == f"not {OBSERVED}"
    assert asked(tmp_path, {"low_rank": energy})[0] == "not run"


def test_truncation_is_compared_with_the_whole(tmp_path):
    values = {
        ("B0", 0.8): 5.4,
        ("B0", 1.0): 5.0,
        ("B1", 0.8): 9.0,
        ("B1", 1.0): 5.0,
        ("B2", 0.8): 9.0,
        ("B2", 1.0): 5.0,
    }
    rows = [
        {"seed": 0, "block": block, "energy": energy, "metric": "fid_clf", "value": v}
        for (block, energy), v in values.items()
    ]
    cut = {"truncated": {"energy": 0.8}}
    assert asked(tmp_path, cut, 0.1, truncation=rows) == (
        OBSERVED, "FID_clf at 80% of the energy, B0: 5.40 against 5.00")  # fmt: skip
    assert asked(tmp_path, cut, 0.05, truncation=rows)[0] == f"not {OBSERVED}"
    more = [*rows, *({**row, "block": f"B{int(row['block'][1]) + 3}"} for row in rows)]
    assert asked(tmp_path, cut, 0.1, truncation=more)[0] == f"not {OBSERVED}"  # of six blocks, B0 to B3 are asked
    assert asked(tmp_path, {"truncated": {"energy": 0.5}}, 0.1, truncation=rows)[0] == "not run"


def test_quality_as_learned(tmp_path):
    """The diagonal of R: fine-tuning learns each task worse than GAN Memory does here, by 3 in every cell."""
    as_learned = {"metric": "fid_clf", "statistic": "learned_mean"}
    verdict_, text = asked(tmp_path, {"compare": {**as_learned, "lower": "gan_memory", "higher": "finetune"}})
    diagonal = [[synthetic.fid(m, s, i, i) for s in (0, 1) for i in (1, 2, 3)] for m in ("gan_memory", "finetune")]
    assert verdict_ == "reproduced" and "each as learned" in text
    said = [float(number) for number in re.findall(r"\d+\.\d+", text)][:2]
    assert said == pytest.approx([sum(values) / 6 for values in diagonal], abs=0.051)  # three digits are said


def test_the_vocabulary_is_the_predicates():
    assert set(Predicate.model_fields) == set(PREDICATES)


def test_the_page_stands_alone_and_escapes(tmp_path):
    nasty = claim(ENTRY["predicate"]).model_copy(update={"statement": "<script>alert(1)</script> & more"})
    page = html([decide(nasty, evidence(tmp_path), "demo")], title="Claims", note="n = 2 seeds")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=|https?://|@import|url\(", page)
    assert page.count("<article") == 1 and "reproduced" in page


def test_the_script_writes_and_prints_the_ledger(tmp_path):
    rows, curve = synthetic.quality_rows() + synthetic.predicted_rows(), synthetic.curve_rows()
    for kind, part in (("quality", rows), ("summary", synthetic.summary_rows(rows)), ("curve", curve)):
        synthetic.write_csv(tmp_path / f"{kind}.csv", part)
    command = [sys.executable, str(ROOT / "workflow" / "scripts" / "claims.py"), "--spec"]
    samples = tmp_path / "samples.pt"
    files.save(samples, {"spec": "0"})
    content = PAPER.model_dump(mode="json", include={"title", "published", "claims"})
    spec = {"job": "claims", "experiment": "gan_memory_digits", "tier": "demo", "paper": "gan_memory", "methods": LOOKS}
    command += [json.dumps({**spec, "content": {"methods": {}, **content}}), "--samples", f"joint/0/1={samples}"]
    for kind in ("quality", "summary", "curve"):
        command += [f"--{kind}", str(tmp_path / f"{kind}.csv")]
    command += ["--output-json", str(tmp_path / "claims.json"), "--output-html", str(tmp_path / "claims.html")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "claims.json").read_text())
    counts = {"reproduced": 7, "not reproduced": 0, OBSERVED: 0, f"not {OBSERVED}": 0, "undecided": 4, "not run": 16}
    assert result["counts"] == counts
    assert [entry["id"] for entry in result["claims"]] == [
        claim.id for claim in claims(PAPER, "gan_memory", str(PUBLISHED))
    ]
    assert done.stdout.strip().endswith("0 not observed (1 seed), 4 undecided, 16 not run")
    assert max(len(line) for line in done.stdout.splitlines()) <= 110
    assert (tmp_path / "claims.html").read_text().startswith("<!doctype html>")
    first = (tmp_path / "claims.json").read_bytes()
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)
    assert (tmp_path / "claims.json").read_bytes() == first


def test_summary_generator_agrees_with_its_rows():
    """The fixture itself: forgetting of fine-tuning is 55 a task along three tasks, for every seed."""
    table = pd.DataFrame(synthetic.summary_rows(synthetic.quality_rows()))
    row = table[(table["method"] == "finetune") & (table["metric"] == "fid_clf")]
    assert row["forgetting"].tolist() == pytest.approx([82.5, 82.5])


def test_moves_less_compares_images_of_equal_noise(tmp_path):
    """Two images of a task are 8 grey levels apart; a's move by 2, b's by 8, c's second task is missing."""
    samples = {}
    for method, step in (("a", 2), ("b", 8), ("c", 4)):
        for t in (1, 2, 3):
            first = torch.tensor([0, 8]).repeat(4).view(-1, 1, 1, 1).expand(8, 1, 2, 2)
            made = {str(i): (first + step * (t == 3)).to(torch.uint8) for i in range(1, t + 1)}
            if method == "c":
                made.pop("2", None)
            path = tmp_path / f"{method}{t}.pt"
            files.save(path, {"spec": "0", **made})
            samples[f"{method}/0/{t}"] = path
    seen = evidence(tmp_path)._replace(samples=samples)
    assert [moved(seen, method) for method in "abc"] == [0.25, 1.0, 0.5]
    fields = Predicate.model_validate({"moves_less": {"method": "a", "other": "b"}}).moves_less
    assert PREDICATES["moves_less"](seen, fields, 0.0).holds
    fields = Predicate.model_validate({"moves_less": {"method": "b", "other": "a"}}).moves_less
    assert not PREDICATES["moves_less"](seen, fields, 0.0).holds
    with pytest.raises(NotMeasuredError, match="no earlier task"):
        moved(seen, "d")


@pytest.mark.parametrize(("status", "expected", "seeds"), [("ok", "reproduced", 2), ("diverged", "undecided", 3)])
def test_a_seed_without_samples_counts_where_its_run_diverged(tmp_path, status, expected, seeds):
    rows = synthetic.quality_rows(seeds=(0, 1, 2))
    for row in rows:
        if row["method"] == "gan_memory" and row["seed"] == 2:
            row["status"] = status
    samples = {}
    for method, step in (("gan_memory", 1), ("finetune", 8)):
        for seed, t in ((0, 1), (0, 2), (1, 1), (1, 2)):
            first = torch.tensor([0, 8]).repeat(4).view(-1, 1, 1, 1).expand(8, 1, 2, 2)
            path = tmp_path / f"{method}{seed}{t}.pt"
            files.save(path, {"spec": "0", "1": (first + (step + seed) * (t == 2)).to(torch.uint8)})
            samples[f"{method}/{seed}/{t}"] = path
    found = evidence(tmp_path, rows=rows)._replace(samples=samples)
    asked_ = claim({"moves_less": {"method": "gan_memory", "other": "finetune"}})
    one = decide(asked_, found, "demo")
    assert (one.verdict, one.seeds) == (expected, seeds)
