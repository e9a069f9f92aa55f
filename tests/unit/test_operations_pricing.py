"""What a job takes, told from what ran before."""

import base64
import json

import pytest
from training_jobs import training

from mneme.operations.dry_run import Job
from mneme.operations.pricing import Record, price, records

TASK = "results/smoke/s/{}/seed{}/task1/checkpoint.pt"
BEFORE = [
    Record("train", TASK.format("ewc", 0), 10.0, 100),
    Record("train", TASK.format("ewc", 2), 20.0, 300),
    Record("train", TASK.format("joint", 0), 90.0, 900),
]


def test_a_job_costs_what_its_like_did():
    train = Job("train", (TASK.format("ewc", 1), "losses.jsonl"), "", True)
    assert price(train, BEFORE) == (15.0, 200, False)  # the mean of its method's other seeds
    assert price(train, BEFORE[2:]) == (90.0, 900, False)  # no such method yet: the rule's
    assert price(train, [Record("train", train.outputs[0], 7.0, 70), *BEFORE]).seconds == 7.0  # its own last time
    assert price(train, []) == (None, 0, False)


def test_training_is_scaled_by_what_goes_through_the_networks():
    """Half the steps, twice the batch, twice the size: four times the pixels. At tier paper 25 times the weights."""
    before = [Record("train", TASK.format("ewc", 0).replace("smoke", "demo"), 10.0, 1000, work=100 * 32 * 16**2)]
    assert price(training(100, 32), before).seconds == pytest.approx(10.0)
    assert price(training(50, 64, size=32), before).seconds == pytest.approx(40.0)
    paper = training(1000, 64, tier="paper")
    assert price(paper, before, {paper.outputs[0]: 25_000}).seconds == pytest.approx(10.0 * 10 * 2 * 25)
    assert price(paper, before, {paper.outputs[0]: 25_000}).scaled
    assert price(paper, before).seconds is None  # nobody knows its networks


def test_a_time_of_its_own_tier_goes_before_those_of_others():
    task = TASK.format("ewc", 0)
    before = [Record("train", task.replace("smoke", tier), 10.0, 1000, 100 * 32 * 16**2) for tier in ("demo", "paper")]
    paper = training(200, 32, tier="paper")
    assert price(paper, before, {paper.outputs[0]: 25_000})[::2] == (20.0, False)


def test_what_does_not_train_is_told_by_its_own_tier_alone():
    before = [Record("evaluate", "results/demo/s/ewc/seed0/task1/evaluation.json", 10.0, 100)]
    for tier, seconds in (("demo", 10.0), ("paper", None)):
        job = Job("evaluate", (f"results/{tier}/s/ewc/seed1/task1/evaluation.json",), "", False)
        assert price(job, before).seconds == seconds
    other = Record("evaluate", "results/paper/s/dgm_w/seed0/task1/evaluation.json", 50.0, 100)
    assert price(job, [*before, other]).seconds == 50.0  # another method of this tier, rather than nothing
    shared = Job("prepare", ("data/prepared/digits-8px.pt",), "", False)
    assert price(shared, [Record("prepare", "data/prepared/digits-16px.pt", 3.0, 5)]).seconds == 3.0


def test_records_are_snakemakes_own(tmp_path):
    output = TASK.format("ewc", 0)
    (tmp_path / output).parent.mkdir(parents=True)
    (tmp_path / output).write_bytes(b"12345")
    folder = tmp_path / ".snakemake/metadata"
    folder.mkdir(parents=True)
    name = base64.urlsafe_b64encode(output.encode()).decode()
    (folder / name).write_text(json.dumps({"rule": "train", "starttime": 5.0, "endtime": 9.5}))
    (folder / "broken").write_text("{")
    assert records(folder, tmp_path) == [Record("train", output, 4.5, 5)]
