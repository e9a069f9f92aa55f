"""What would run, why, and what it would take, in words."""

from dataclasses import replace

import pytest
import yaml
from training_jobs import training

from mneme.operations.dry_run import Job
from mneme.operations.forecast import cause, fitting, report
from mneme.operations.pricing import Record

TRAIN = Job("train", ("results/smoke/s/ewc/seed1/task1/checkpoint.pt",), "/tmp/mneme-x1/changed/code", True)
CHANGED = replace(TRAIN, reason="/tmp/mneme-x1/changed/settings")
TABLE = Job("table", ("results/smoke/tables/e/quality.csv",), "Missing output files: quality.csv", False)


def test_causes_name_the_changed_file():
    assert cause(TRAIN, {"src/mneme/methods/mergan/ewc.py"}) == "src/mneme/methods/mergan/ewc.py changed"
    assert cause(TRAIN, set("abcde")) == "a, b, c and 2 more changed"
    assert cause(TRAIN, set()) == "its code changed"
    assert cause(TABLE, set()) == "not made yet"


def test_causes_name_the_changed_setting():
    assert cause(CHANGED, {"settings.lr"}) == "its settings changed: settings.lr"
    assert cause(CHANGED, set()) == "its settings changed"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Input files updated by another job: results/smoke/s/a.pt", "what it reads is made again"),
        ("Updated input files: /tmp/mneme-x1/changed/inputs, b.pt", "it was made from other files"),
        (
            "Missing output files: a.lineage.json; Updated input files: /tmp/mneme-x1/changed/record",
            "nothing says what it was made from",
        ),
        ("Code has changed since last execution", "the rule changed"),
    ],
)
def test_causes_in_words(reason, words):
    assert cause(Job("train", ("a.pt",), reason, False), set()) == words


def test_a_budget_proposes_steps_that_fit():
    table = Job("table", ("results/demo/tables/e/quality.csv",), "", False)
    spent = {training(400, 32): 900.0, training(100, 32, module="mneme.methods.mergan.sft"): 90.0, table: 10.0}
    text = fitting(spent, 505.0)
    assert text.startswith("50 % of the steps fit the budget of 0:08:25")
    assert "s: {tiers: {demo: {ewc: {steps: 200}, sft: {steps: 50}}}}" in text
    assert yaml.safe_load(text.partition("\n")[2])["catalogue"]["streams"]["s"]["tiers"]["demo"]["sft"] == {"steps": 50}
    assert fitting(spent, 2000.0) == "this fits the budget of 0:33:20"
    assert fitting(spent, 9.0).startswith("no steps fit the budget")


def test_the_report_groups_by_cause_and_sums_up():
    before = [Record("train", TRAIN.outputs[0], seconds, 100) for seconds in (10.0, 20.0)]
    text = report([CHANGED, TABLE], before, lambda job: set())
    assert "1 train: its settings changed" in text
    assert "0:00:15 of jobs, 0.00 GPU-hours" in text
    assert "none ever ran at this size: 1 table" in text and "scaled" not in text
    assert "disk not in the forecast, for none ever ran and their settings do not tell: 1 table" in text
    assert report([], before, lambda job: set()).startswith("Nothing to be done")
    budget = report([CHANGED, TABLE], [], lambda job: set(), budget=9000.0)
    assert budget.endswith("no steps can be proposed for the budget, as long as no time is known of jobs that train")
    budget = report([CHANGED, TABLE], before, lambda job: set(), budget=9000.0)
    assert budget.endswith("without the jobs whose time is not in the forecast, this fits the budget of 2:30:00")


def test_the_report_says_which_times_are_rough():
    before = [Record("train", TRAIN.outputs[0].replace("smoke", "demo"), 10.0, 1000, work=100 * 32 * 16**2)]
    paper = training(1000, 64, tier="paper")
    text = report([paper], before, lambda job: set(), lambda job: {job.outputs[0]: 25_000})
    assert "0:01:40 of jobs" not in text and "1:23:20 of jobs" in text
    assert "time scaled from another tier, good to a factor of four: 1 train" in text
