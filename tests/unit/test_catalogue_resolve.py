"""Published settings and what is laid over them."""

import math

import pytest

from mneme.catalogue.resolve import resolve
from mneme.errors import UserError

SETTINGS = {
    "steps": 100,
    "lr": 1.0e-4,
    "r1": 10.0,
    "ema": 0.9,
    "normalise": True,
    "source": "raw",
    "snapshots": 2,
    "ratio": 0.1,
}
CHOICES = {"source": ["raw", "average"]}


def resolved(*overlays):
    return resolve(SETTINGS, [(f"file: {n}", overlay) for n, overlay in enumerate(overlays)], CHOICES, "file: settings")


def test_without_overlays_nothing_changes():
    assert resolved() == SETTINGS and resolved({}, {}) == SETTINGS


def test_later_overlays_win_name_by_name():
    found = resolved({"steps": 1, "lr": 1.0, "source": "average"}, {"steps": 2, "normalise": False}, {"steps": 3})
    assert found == {**SETTINGS, "steps": 3, "lr": 1.0, "source": "average", "normalise": False}


def test_the_settings_themselves_are_left_alone():
    before = dict(SETTINGS)
    resolved({"steps": 1})
    assert before == SETTINGS


def test_a_whole_number_will_do_for_a_number():
    """And becomes one, so that the spec does not depend on how it was written."""
    found = resolved({"lr": 1})
    assert found["lr"] == 1.0 and isinstance(found["lr"], float)


def test_zero_is_fine_where_it_means_something():
    assert resolved({"r1": 0.0, "snapshots": 0, "ema": 0.0})["snapshots"] == 0


@pytest.mark.parametrize(
    "overlay, sentence",
    [
        ({"stps": 1}, "unknown setting 'stps' (did you mean 'steps'?)"),
        ({"steps": 1.5}, "'steps: 1.5' must be a whole number, like 100"),
        ({"steps": "1e3"}, "'steps: 1e3' must be a whole number, like 100, not text; write it as 1000"),
        ({"steps": True}, "'steps: true' must be a whole number, like 100"),
        ({"steps": None}, "'steps: null' must be a whole number, like 100"),
        ({"steps": 0}, "'steps: 0' must be more than zero"),
        ({"lr": "1e-4"}, "'lr: 1e-4' must be a number, like 0.0001, not text; write it with a point, as 1.0e-04"),
        ({"lr": "fast"}, "'lr: fast' must be a number, like 0.0001"),
        ({"lr": True}, "'lr: true' must be a number, like 0.0001"),
        ({"lr": 0.0}, "'lr: 0.0' must be more than zero"),
        ({"lr": -1.0}, "'lr: -1.0' must be a finite number, zero or more"),
        ({"lr": math.nan}, "'lr: .nan' must be a finite number, zero or more"),
        ({"lr": math.inf}, "'lr: .inf' must be a finite number, zero or more"),
        ({"ema": 1.0}, "'ema: 1.0' must be less than one"),
        ({"ratio": 1.5}, "'ratio: 1.5' must be a share, from 0 to 1"),
        ({"normalise": 1}, "'normalise: 1' must be true or false, like true"),
        ({"normalise": "maybe"}, "'normalise: maybe' must be true or false, like true"),
        ({"source": "rwa"}, "'source: rwa' must be one of raw, average (did you mean 'raw'?)"),
        ({"source": 3}, "'source: 3' must be one of raw, average"),
        ({"source": [1]}, "'source: [1]' must be one of raw, average"),
    ],
)
def test_the_overlay_at_fault_is_named(overlay, sentence):
    with pytest.raises(UserError) as caught:
        resolved({"steps": 5}, overlay, {"steps": 7})
    assert str(caught.value) == f"file: 1: {sentence}"


DIVISORS = ["cycle", "interval", "r1_every", "penalty_every", "critic_steps", "fisher_samples"]
COUNTS = ["critic_width", "patch_width", "hidden", "k", "rows", "tries"]


@pytest.mark.parametrize("name", DIVISORS + COUNTS)
def test_divisors_and_counts_are_not_zero(name):
    with pytest.raises(UserError, match=f"'{name}: 0' must be more than zero"):
        resolve({name: 10}, [("file", {name: 0})], {}, "here")


def test_an_interpolation_has_two_ends():
    assert resolve({"columns": 9}, [("file", {"columns": 2})], {}, "here") == {"columns": 2}
    with pytest.raises(UserError, match=r"^file: 'columns: 1' must be at least 2$"):
        resolve({"columns": 9}, [("file", {"columns": 1})], {}, "here")


@pytest.mark.parametrize("name", ["ratio", "share", "solver_fakes"])
def test_a_share_is_at_most_one(name):
    assert resolve({name: 0.5}, [("file", {name: 1})], {}, "here") == {name: 1.0}
    with pytest.raises(UserError, match=f"^file: '{name}: 1.5' must be a share, from 0 to 1$"):
        resolve({name: 0.5}, [("file", {name: 1.5})], {}, "here")


def test_the_weight_of_the_cycle_loss_may_be_zero():
    assert resolve({"cycle": 10.0}, [("file", {"cycle": 0})], {}, "here") == {"cycle": 0.0}


def test_published_settings_are_checked_too():
    with pytest.raises(UserError, match=r"^here: 'source: x' must be one of raw, average$"):
        resolve({"source": "x"}, [], CHOICES, "here")
