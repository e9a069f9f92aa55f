"""What would run, why, and what it would take."""

import base64
import json

import pytest
import yaml

from mneme.operations.forecast import Job, Record, cause, fitting, jobs, price, records, report

LOG = """[Sat Nov 21 05:00:00 2026]
rule train:
    input: data/prepared/digits-8px.pt
    output: results/smoke/s/ewc/seed1/task1/checkpoint.pt, results/smoke/s/ewc/seed1/task1/losses.jsonl
    jobid: 4
    reason: Updated input files: /tmp/mneme-x1/changed/{}
    wildcards: stream=s, method=ewc, seed=1, task=1
    resources: tmpdir=/tmp, gpu=1, mem_mb=16000

localrule table:
    output: results/smoke/tables/e/quality.csv
    jobid: 2
    reason: Missing output files: results/smoke/tables/e/quality.csv

localrule all:
    jobid: 0
    reason: Input files updated by another job: x
"""
DRY = LOG.format("code")
TASK = "results/smoke/s/{}/seed{}/task1/checkpoint.pt"
BEFORE = [
    Record("train", TASK.format("ewc", 0), 10.0, 100),
    Record("train", TASK.format("ewc", 2), 20.0, 300),
    Record("train", TASK.format("joint", 0), 90.0, 900),
]


def test_the_jobs_of_a_dry_run():
    train, table = jobs(DRY)
    assert (train.rule, train.gpu, len(train.outputs)) == ("train", True, 2)
    assert (table.rule, table.gpu) == ("table", False)


def test_jobs_that_share_a_submission_are_counted_too():
    group = "[Sat Nov 21 05:00:00 2026] Group job measure (jobs in lexicogr. order):\n\n"
    command = 'Shell command: \n        python evaluate.py --spec \'{"job": "evaluate"}\'\n        \n'
    first, rest = DRY.split("\n\n", 1)
    inside = "".join(f"    {line}\n" for line in first.splitlines())
    grouped = jobs(group + (inside + command + "\n") * 2 + rest)
    assert [job.rule for job in grouped] == ["train", "train", "table"]
    assert [(job.outputs, job.reason, job.gpu) for job in grouped[1:]] == [
        (job.outputs, job.reason, job.gpu) for job in jobs(DRY)
    ]
    assert grouped[0].spec == {"job": "evaluate"} and grouped[2].spec is None


@pytest.mark.parametrize("start", ["", "\n        "])
def test_a_command_stands_on_one_line_or_below(start):
    first, rest = DRY.split("\n\n", 1)
    command = f"""{start}python train.py --base b.pt --spec '{{"job": "train"}}' >log 2>&1\n"""
    train, table = jobs(f"{first}\nShell command: {command}\n{rest}")
    assert train.spec == {"job": "train"} and train.option("--base") == "b.pt" and table.spec is None


def test_causes_name_the_changed_file():
    train, table = jobs(DRY)
    assert cause(train, {"src/mneme/methods/mergan/ewc.py"}) == "src/mneme/methods/mergan/ewc.py changed"
    assert cause(train, set("abcde")) == "a, b, c and 2 more changed"
    assert cause(train, set()) == "its code changed"
    assert cause(table, set()) == "not made yet"


def test_causes_name_the_changed_setting():
    train, _ = jobs(LOG.format("settings"))
    assert cause(train, {"settings.lr"}) == "its settings changed: settings.lr"
    assert cause(train, set()) == "its settings changed"


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


def test_a_job_costs_what_its_like_did():
    train, _ = jobs(DRY)
    assert price(train, BEFORE) == (15.0, 200)  # the mean of its method's other seeds
    assert price(train, BEFORE[2:]) == (90.0, 900)  # no such method yet: the rule's
    assert price(train, [Record("train", train.outputs[0], 7.0, 70), *BEFORE])[0] == 7.0  # its own last time
    assert price(train, []) == (None, 0)


def training(
    steps: int, batch: int, size: int = 16, tier: str = "demo", module: str = "mneme.methods.mergan.ewc"
) -> Job:
    spec = {"job": "train", "stream": "s", "module": module, "size": size, "steps": steps}
    spec["settings"] = {"steps": steps, "batch": batch}
    command = f"python train.py --spec '{json.dumps(spec)}'"
    return Job("train", (f"results/{tier}/s/ewc/seed1/task1/checkpoint.pt",), "", False, command)


def test_training_is_scaled_by_what_goes_through_the_networks():
    """Half the steps, twice the batch, twice the size: four times the pixels. At tier paper 25 times the weights."""
    before = [Record("train", TASK.format("ewc", 0).replace("smoke", "demo"), 10.0, 1000, work=100 * 32 * 16**2)]
    assert price(training(100, 32), before)[0] == pytest.approx(10.0)
    assert price(training(50, 64, size=32), before)[0] == pytest.approx(40.0)
    paper = training(1000, 64, tier="paper")
    assert price(paper, before, {paper.outputs[0]: 25_000})[0] == pytest.approx(10.0 * 10 * 2 * 25)
    assert price(paper, before)[0] is None  # nobody knows its networks


def test_what_does_not_train_is_told_by_its_own_tier_alone():
    before = [Record("evaluate", "results/demo/s/ewc/seed0/task1/evaluation.json", 10.0, 100)]
    for tier, seconds in (("demo", 10.0), ("paper", None)):
        job = Job("evaluate", (f"results/{tier}/s/ewc/seed1/task1/evaluation.json",), "", False)
        assert price(job, before)[0] == seconds
    shared = Job("prepare", ("data/prepared/digits-8px.pt",), "", False)
    assert price(shared, [Record("prepare", "data/prepared/digits-16px.pt", 3.0, 5)])[0] == 3.0


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
    text = report(jobs(LOG.format("settings")), BEFORE, lambda job: set())
    assert "1 train: its settings changed" in text
    assert "0:00:15 of jobs, 0.00 GPU-hours" in text
    assert "none ever ran at this size: 1 table" in text
    assert "disk not in the forecast, for none ever ran and their settings do not tell: 1 table" in text
    assert report([], BEFORE, lambda job: set()).startswith("Nothing to be done")
    budget = report(jobs(LOG.format("settings")), BEFORE, lambda job: set(), budget=9000.0)
    assert budget.endswith("no steps can be proposed for the budget, as long as jobs are not in the forecast")


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
