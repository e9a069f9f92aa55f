"""Claims on the numbers of translators, and those of Hyper-LifelongGAN with the numbers in print filled in."""

from pathlib import Path

import pytest
from synthetic import quality_rows, summary_rows, write_csv

from mneme.catalogue.catalogue import Catalogue
from mneme.claims.evidence import Evidence
from mneme.claims.ledger import decide
from mneme.claims.read import claims
from mneme.claims.schema import Claim
from mneme.figures.kit import scores

ROOT = Path(__file__).parents[2]
NAME = "hyper_lifelong_gan"
PAPER = Catalogue({"experiments": ["x"]}, ROOT / "config").paper(NAME, "tests")
CLAIMS = {claim.id: claim for claim in claims(PAPER, NAME, "tests")}
GROWS = {
    "published": {"width": 64, "after": [100, 130, 170], "layers": [50, 8, 8, 9, 60]},
    "here": {"width": 8, "after": [10, 13, 17], "layers": [5, 5]},
    "before": 1000,
    "changed": 970,
}


@pytest.fixture
def evidence(tmp_path):
    rows = quality_rows()
    read = {"quality": rows, "summary": summary_rows(rows)}
    tables = {kind: scores.read(write_csv(tmp_path / f"{kind}.csv", part), kind) for kind, part in read.items()}
    empty = tables["quality"].iloc[:0].assign(step=0)
    return Evidence(**tables, curve=empty, parameters={}, capacity={"joint": {**GROWS}, "finetune": {**GROWS}})


def verdict(evidence, predicate: dict, tolerance: float = 0.0) -> tuple[str, str]:
    fields = {"id": "x", "paper": NAME, "where": "", "statement": "", "published": "", "tolerance": tolerance}
    asked = Claim.model_validate({**fields, "needs": {"methods": ["joint"]}, "predicate": predicate})
    return decide(asked, evidence, "demo")[1:3]


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"what": "total"}, 130),
        ({"what": "total", "after": 3}, 170),
        ({"what": "added"}, 30),
        ({"what": "added", "after": 3}, 40),
        ({"what": "added", "after": 1}, 100),
        ({"what": "layer"}, 9),  # the median of 8, 8, 9, 50, 60
    ],
)
def test_counts_are_of_the_published_width(evidence, fields, number):
    asked = {"method": "joint", **fields}
    cases = [(1, 0, True), (1.05, 0.05, True), (1.06, 0.05, False), (1 / 1.06, 0.05, False)]
    for factor, tolerance, holds in cases:
        fields = {**asked, "published": factor * number}
        said, found = verdict(evidence, {"counted": fields}, tolerance)
        assert said == ("reproduced" if holds else "not reproduced")
        assert f" {number} parameters" in found and "width 64" in found


@pytest.mark.parametrize(
    ("below", "word"), [(0.9701, "reproduced"), (0.97, "not reproduced"), (0.03, "not reproduced")]
)
def test_what_has_to_be_kept_of_the_model_before(evidence, below, word):
    said, found = verdict(evidence, {"restored": {"method": "joint", "below": below}})
    assert said == word and "970 of 1,000" in found and "97.0 %" in found


def test_what_was_not_counted_is_not_run(evidence):
    for predicate in ({"counted": {"method": "joint", "what": "total", "published": 1.0}},
                      {"restored": {"method": "joint", "below": 0.5}}):  # fmt: skip
        assert verdict(evidence._replace(capacity={}), predicate)[0] == "not run"
    plain = {"joint": {"published": {**GROWS["published"], "layers": []}, "here": GROWS["here"]}}
    lacking = evidence._replace(capacity=plain)
    assert verdict(lacking, {"restored": {"method": "joint", "below": 0.5}})[0] == "not run"
    assert verdict(lacking, {"counted": {"method": "joint", "what": "layer", "published": 1.0}})[0] == "not run"


def test_one_count_decides_with_several_seeds(evidence):
    assert len(evidence.seeds()) == 2
    assert verdict(evidence, {"counted": {"method": "joint", "what": "total", "published": 130.0}})[0] == "reproduced"


def test_numbers_in_print_are_filled_in():
    counts = {name: claim.predicate.counted for name, claim in CLAIMS.items() if claim.predicate.counted}
    assert {name: round(one.published) for name, one in counts.items()} == {
        "hyper_lifelong_gan_after_two_tasks": 6_460_000,
        "hyper_lifelong_gan_adds_little": 190_000,
        "piggyback_gan_adds_millions": 4_380_000,
        "full_after_two_tasks": 15_680_000,
        "hyper_full_after_two_tasks": 12_540_000,
        "lifelong_gan_pp_after_two_tasks": 7_850_000,
        "sft_hyper_does_not_grow": 6_270_000,
        "eight_thousand_a_layer": 8_000,
    }
    assert "66.00 % against 75.40 %" in CLAIMS["three_base_filters_are_too_few"].published
    assert "72.90 %" in CLAIMS["above_hyper_full_on_sets"].published


def test_every_ordering_in_print_agrees_with_the_numbers_in_print():
    """A claim that compares two methods by a published number says the direction that the numbers have."""
    values = {entry.id: entry.values for entry in PAPER.published}
    asked = 0
    for entry in PAPER.claims:
        (name, fields), numbers = next(iter(entry["predicate"].items())), values.get(entry.get("numbers"))
        if name == "compare" and numbers:
            assert numbers[fields["lower"]] < numbers[fields["higher"]], entry["id"]
            asked += 1
        if name == "close":
            assert numbers[fields["method"]] == pytest.approx(numbers[fields["other"]], rel=entry["tolerance"]), entry[
                "id"
            ]
    assert asked >= 17
