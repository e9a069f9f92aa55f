"""Numbers of translators, task after task: real networks against published counts, checkpoints against slow ones."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch

from mneme import files
from mneme.catalogue import paper
from mneme.catalogue.catalogue import Catalogue
from mneme.figures.capacity import draw
from mneme.figures.kit.drawing import Context, Looks
from mneme.plan.jobs import capacity
from mneme.plan.plan import Plan
from mneme.probes.capacity import changed, measure_capacity

ROOT = Path(__file__).parents[2]
LOOKS = Looks(
    paper.looks(Catalogue({"experiments": ["x"]}, ROOT / "config").papers.values(), ["full", "piggyback_gan"])
)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    """What the job counts for an experiment of all methods, without its checkpoints."""
    plan = Plan({"tier": "demo", "experiments": ["hyper_pairs_demo"]}, ROOT)
    path = tmp_path_factory.mktemp("capacity") / "capacity.json"
    measure_capacity(json.loads(capacity.job(plan, "hyper_pairs_demo").text), output=path)
    return path


@pytest.mark.parametrize(
    ("method", "counts"),
    [
        ("hyper_full", {1: 6_271_602, 2: 12_543_204, 20: 20 * 6_271_602}),
        ("hyper_lifelong_gan", {1: 6_271_602, 2: 6_462_052, 3: 6_652_502, 4: 6_842_952, 20: 6_271_602 + 19 * 190_450}),
        ("full", {1: 7_841_408, 2: 15_682_816}),
        ("lifelong_gan_pp", {1: 7_841_408, 2: 7_848_832, 20: 7_841_408 + 19 * 7_424}),
        ("piggyback_gan", {1: 7_841_408, 2: 12_216_992, 3: 16_815_808, 4: 21_637_856}),
        ("sft_hyper", {1: 6_271_602, 20: 6_271_602}),
    ],
)
def test_table_5_and_beyond(record, method, counts):
    known = files.read_json(record)["methods"][method]
    assert {task: known["published"]["after"][task - 1] for task in counts} == counts
    assert known["published"]["width"] == 64 and known["here"]["width"] == 8
    assert len(known["here"]["after"]) == capacity.TASKS


def test_what_a_task_adds_to_each_layer(record):
    known = files.read_json(record)["methods"]
    layers = known["hyper_lifelong_gan"]["published"]["layers"]
    assert layers == [26_048 + 49, *[8_128 + 49] * 16, 26_048 + 49]
    assert sum(layers) + 7_424 == 190_450, "and its instance norms"
    assert len(known["hyper_lifelong_gan"]["here"]["layers"]) == 12, "three blocks"
    assert [known[name]["published"]["layers"] for name in ("full", "piggyback_gan")] == [[], []]


def test_the_count_is_that_of_a_checkpoint(record):
    """At the width of the run, of what a chain of the stream's four tasks keeps."""
    from mneme.state import numbers
    from mneme.training.restore import create

    plan = Plan({"tier": "demo", "experiments": ["hyper_pairs_demo"]}, ROOT)
    spec = json.loads(capacity.job(plan, "hyper_pairs_demo").text)
    for name in ("hyper_lifelong_gan", "piggyback_gan"):
        known, state = spec["methods"][name], None
        for task in (1, 2, 3, 4):
            chain = [{**one, "index": k + 1} for k, one in enumerate(spec["stream_tasks"][:task])]
            shape = {"module": known["module"], "settings": known["here"], "tasks": chain, "size": 32, "channels": 3}
            method = create(shape, None, torch.device("cpu"))
            method.begin(state, {})
            state = method.state()
            assert numbers(state["forward"]) == files.read_json(record)["methods"][name]["here"]["after"][task - 1]


def test_changed_numbers_are_counted_one_by_one():
    old = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(4), "c": torch.zeros(5)}
    new = {"a": old["a"].clone(), "b": torch.ones(4), "d": torch.zeros(9)}
    new["a"][1, 2] += 1e-7 * 8
    new["a"][0, 0] -= 1
    assert changed(old, new) == 2 + 5, "what is gone has to be kept too"
    assert changed(old, old) == 0 and changed({"b": torch.ones(4)}, {"b": torch.ones(5)}) == 4


def test_checkpoints_of_the_last_two_tasks_are_compared(tmp_path):
    plan = Plan({"tier": "smoke", "experiments": ["hyper_components"]}, ROOT)
    job = capacity.job(plan, "hyper_components")
    chained = set(job.spec.methods)
    assert set(job.inputs["checkpoints"]) == {f"{method}/{task}" for method in chained for task in (3, 4)}
    spec = {**json.loads(job.text), "tasks": 2}
    spec["methods"] = {"hyper_lifelong_gan": spec["methods"]["hyper_lifelong_gan"]}
    paths = {f"hyper_lifelong_gan/{task}": tmp_path / f"{task}.pt" for task in (3, 4)}
    for task, path in zip((3, 4), paths.values(), strict=True):
        files.save(path, {"spec": "0" * 16, "state": {"forward": {"w": torch.arange(10) // task, "s": torch.ones(5)}}})
    measure_capacity(spec, checkpoints=paths, output=tmp_path / "c.json")
    known = files.read_json(tmp_path / "c.json")["methods"]["hyper_lifelong_gan"]
    assert (known["before"], known["changed"]) == (15, sum(k // 3 != k // 4 for k in range(10)))


def test_streams_of_labels_have_none():
    plan = Plan({"tier": "smoke", "experiments": ["mergan_digits"]}, ROOT)
    assert "translates no given images" in capacity.why_not(plan, "mergan_digits")


def test_published_numbers_stand_beside_their_own_data_only(record):
    context = Context("demo", "e", "T", looks=LOOKS)
    entry = {"metric": "parameters", "where": "Table 5", "values": {"full": [7.84, 15.68]}}
    with_print, without = draw(context, record, [entry]), draw(context, record, [])
    assert list(with_print.printed.columns[-2:]) == [
        ("in print (millions)", "task 1"),
        ("in print (millions)", "task 2"),
    ]
    assert with_print.printed.iloc[0, -2:].tolist() == ["7.84", "15.68"]
    assert set(with_print.printed.iloc[1, -2:]) == {"\u2013"}, "nothing in print of this one"
    assert not any("print" in group for group, _ in without.printed.columns)
    assert "Table 5" in with_print.caption and "Table 5" not in without.caption
    assert isinstance(with_print.table, pd.DataFrame) and len(with_print.table) == 6 * 2 * 20
