"""Published settings and what is laid over them."""

import math
from typing import get_args

import pytest

from mneme.catalogue.fields import Within
from mneme.catalogue.resolve import RANGES, resolve
from mneme.errors import UserError

SETTINGS = {
    "steps": 100,
    "threads": 1,
    "lr": 1.0e-4,
    "r1": 10.0,
    "ema": 0.9,
    "normalise": True,
    "source": "raw",
    "snapshots": 2,
    "ratio": 0.1,
    "interval": 10,
    "columns": 9,
    "parts": [0.5],
}
CHOICES = {"source": ["raw", "average"]}
WITHIN = {"ema": "below_one", "ratio": "share", "interval": "above_zero", "columns": "two_or_more"}


def resolved(*overlays):
    return resolve(
        SETTINGS, [(f"file: {n}", overlay) for n, overlay in enumerate(overlays)], CHOICES, WITHIN, "file: settings"
    )


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
    zero = {"r1": 0.0, "snapshots": 0, "ema": 0.0, "ratio": 0.0}
    assert resolved(zero).items() >= zero.items()


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
        ({"threads": 0}, "'threads: 0' must be more than zero"),
        ({"ema": 1.0}, "'ema: 1.0' must be less than one"),
        ({"interval": 0}, "'interval: 0' must be more than zero"),
        ({"columns": 1}, "'columns: 1' must be at least 2"),
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


def test_the_ends_of_ranges():
    ends = {"ratio": 1.0, "interval": 1, "columns": 2, "ema": 0.999}
    assert resolved(ends).items() >= ends.items()


def test_ranges_are_those_of_the_method():
    """A name means what it means to the method that declares it; only what the loop asks for is of all."""
    assert resolve({"interval": 10.0}, [("file", {"interval": 0})], {}, {}, "here") == {"interval": 0.0}
    with pytest.raises(UserError, match=r"^file: 'lr: 2' must be a share, from 0 to 1$"):
        resolve({"lr": 0.5}, [("file", {"lr": 2})], {}, {"lr": "share"}, "here")
    with pytest.raises(UserError, match=r"^file: 'lr: 0' must be more than zero$"):
        resolve({"lr": 0.5}, [("file", {"lr": 0})], {}, {"lr": "share"}, "here")


def test_each_of_a_list_is_in_its_range():
    with pytest.raises(UserError, match=r"^file: 'parts: \[0.5, 2\]' holds 2, which must be a share, from 0 to 1$"):
        resolve(SETTINGS, [("file", {"parts": [0.5, 2]})], CHOICES, {"parts": "share"}, "here")


def test_the_words_of_ranges_are_those_of_the_schema():
    assert set(RANGES) == set(get_args(Within))


def test_published_settings_are_checked_too():
    with pytest.raises(UserError, match=r"^here: 'source: x' must be one of raw, average$"):
        resolve({"source": "x"}, [], CHOICES, {}, "here")
