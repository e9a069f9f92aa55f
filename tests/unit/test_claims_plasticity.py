"""Claims on generators that grow by masks: every predicate on numbers worked out by hand."""

import copy

import pandas as pd
import pytest
import synthetic

from mneme.claims.evidence import Evidence
from mneme.claims.ledger import decide
from mneme.claims.schema import Claim
from mneme.figures.kit.drawing import Looks

NEEDS = {"methods": ["a"]}
FIELDS = {"id": "one", "paper": "p", "where": "", "statement": "", "published": "", "needs": NEEDS}
COUNTS = {"per_task": 5000, "generator": None, "data": 9000}


def grown(units=(10, 14, 17), used=(40, 50, 60), reused=(0, 20, 36), by_unit=False) -> dict:
    tasks = [
        {"task": t, "units": u, "weights": 100 * u, "expanded": 100 * u + 9, "norms": 4, "heads": 6}
        for t, u in enumerate(units, 1)
    ]
    layers = [
        {"task": t, "layer": 1, "entries": u if by_unit else 100 * u, "used": n, "newly": n - r, "reused": r}
        for t, (u, n, r) in enumerate(zip(units, used, reused, strict=True), 1)
    ]
    return {**COUNTS, "tasks": tasks, "layers": layers}


def course(occupied, decided, task=1, method="a", seed=0) -> list[dict]:
    row = {
        "stream": "s",
        "method": method,
        "seed": seed,
        "checkpoint": task,
        "task": task,
        "task_name": "t",
        "real": 1.0,
    }
    row |= {"n": 9, "status": "ok", "spec": "0" * 16}
    parts = {"mask_occupation": occupied, "mask_decided": decided}
    return [
        {**row, "metric": metric, "step": 10 * k, "value": value, "status": "ok" if value is not None else "diverged"}
        for metric, values in parts.items()
        for k, value in enumerate(values, 1)
    ]


def asked(predicate: dict, parameters: dict | None = None, curve=(), tolerance: float = 0.0) -> tuple[str, str]:
    quality = pd.DataFrame(synthetic.quality_rows(("joint",), (0,), 1, diverged=False)).assign(method="a")
    curve = pd.DataFrame(curve or synthetic.curve_rows(("gan_memory",), (0,)))
    curve["value"] = curve["value"].astype(float)
    evidence = Evidence(quality, quality, curve, parameters or {}, looks=Looks())
    claim = Claim.model_validate({**FIELDS, "predicate": predicate, "tolerance": tolerance})
    found = decide(claim, evidence, "demo")
    return found.verdict, found.measured


def test_growth_against_another_method():
    predicate = {"grows_less": {"method": "a", "other": "b"}}
    both = {"a": grown((10, 14, 17)), "b": grown((20, 30, 40))}
    verdict, measured = asked(predicate, both)
    assert verdict == "observed (1 seed)" and measured.endswith("a 1.70, b 2.00")
    assert asked(predicate, {"a": both["b"], "b": both["a"]})[0] == "not observed (1 seed)"
    assert asked(predicate, {"a": both["a"]})[0] == "not run"


@pytest.mark.parametrize(
    ("units", "verdict"),
    [
        ((10, 14, 17), "observed (1 seed)"),
        ((10, 19, 30), "not observed (1 seed)"),  # in the last task as many as in the worst case
        ((10, 25, 29), "not observed (1 seed)"),  # in the second more
        ((10,), "not observed (1 seed)"),
    ],
)
def test_growth_against_the_worst_case(units, verdict):
    counts = {"a": grown(units, (4,) * len(units), (0,) * len(units))}
    assert asked({"below_linear": {"method": "a"}}, counts)[0] == verdict


@pytest.mark.parametrize(
    ("reused", "verdict"),
    [
        ((0, 10, 20, 30), "observed (1 seed)"),
        ((0, 10, 5, 20), "not observed (1 seed)"),  # it rises in one of two steps
        ((0, 20, 25, 20), "not observed (1 seed)"),  # it ends where it began
        ((0, 30, 20, 10), "not observed (1 seed)"),
    ],
)
def test_the_reused_share(reused, verdict):
    counts = {"a": grown((10, 11, 12, 13), (40,) * 4, reused)}
    found, measured = asked({"reuse_rises": {"method": "a"}}, counts)
    assert found == verdict
    if verdict == "observed (1 seed)":
        assert measured.endswith("uses again 25, 50, 75 % in tasks 2 to 4")
    assert asked({"reuse_rises": {"method": "a"}}, {"a": grown((10, 11), (4, 4), (0, 2))})[0] == "not run"


FALL_AND_RISE = [0.5, 0.1, 0.2, 0.3]


@pytest.mark.parametrize(
    ("occupied", "decided", "verdict"),
    [
        (FALL_AND_RISE, [0.0, 0.3, 0.6, 0.95], "observed (1 seed)"),
        (FALL_AND_RISE, [0.0, 0.3, 0.6, 0.8], "not observed (1 seed)"),  # not binary at the end
        ([0.5, 0.3, 0.2, 0.1], [0.0, 0.3, 0.6, 1.0], "not observed (1 seed)"),  # no rise
        ([0.5, 0.6, 0.7, 0.8], [0.0, 0.3, 0.6, 1.0], "not observed (1 seed)"),  # no fall
        ([0.5, 0.1, None, None], [0.0, 0.3, None, None], "not observed (1 seed)"),
    ],
)
def test_the_phases_of_masks(occupied, decided, verdict):
    rows = course(FALL_AND_RISE, [0, 0.2, 0.4, 1.0]) + course(occupied, decided, task=3)
    found, measured = asked({"mask_phases": {"method": "a"}}, curve=rows)
    assert found == verdict and measured.startswith("task 1: occupation 10 % at step 20, 30 % at the end, 100 %")
    assert asked({"mask_phases": {"method": "a"}})[0] == "not run"


def test_sizes():
    """Weights 1,700; own of three tasks 30. Masks of a: 4,100 weights, 150 used; of b: 41 units, as many used."""
    counts = {"a": grown(), "b": grown(by_unit=True), "c": {"per_task": 2000, "generator": None}}
    disk = 4 * (1700 + 30) / 1e6

    def compared(what, method, than):
        return asked({"smaller": {"what": what, "method": method, "than": than}}, counts)

    assert compared("generator", "a", "c") == (
        "observed (1 seed)",
        "generator: a 0.00172, c 0.002 million parameters",  # 1,700 and three last convolutions of 6
    )
    bits, sparse = 4 * (32 + 44 + 54) / 1e6, 150 * 36 / 1e6
    verdict, measured = compared("total_packed", "a", "data")
    assert verdict == "observed (1 seed)" and measured.startswith(f"total packed: a {disk + bits:.3g}, the training")
    assert f"a {sparse:.3g}, b {150 * 12 / 1e6:.3g} MB" in compared("masks", "a", "b")[1]
    assert compared("masks", "a", "b")[0] == "not observed (1 seed)"
    assert f"a {disk + sparse:.3g}" in compared("total", "a", "b")[1]
    less = copy.deepcopy(counts)
    less["a"]["data"] = 7000
    assert (
        asked({"smaller": {"what": "total_packed", "method": "a", "than": "data"}}, less)[0] == "not observed (1 seed)"
    )
    assert compared("weights", "a", "c")[0] == "not run" and compared("weights", "x", "a")[0] == "not run"
    del less["a"]["data"]
    assert asked({"smaller": {"what": "total_packed", "method": "a", "than": "data"}}, less)[0] == "not run"
    assert asked({"smaller": {"what": "generator", "method": "x", "than": "a"}}, counts)[0] == "not run"


def test_a_share_of_the_base_generator_needs_one():
    assert asked({"parameters": {"method": "a", "share": 0.2}}, {"a": COUNTS})[0] == "not run"
