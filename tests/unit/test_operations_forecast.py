"""What would run, why, and what it would take."""

import base64
import json

import pytest

from mneme.operations.forecast import Job, Record, cause, jobs, price, records, report

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


def test_the_report_groups_by_cause_and_sums_up():
    text = report(jobs(LOG.format("settings")), BEFORE, lambda job: set())
    assert "1 train: its settings changed" in text
    assert "0:00:15 of jobs, 0.00 GPU-hours" in text
    assert "none ever ran: 1 table" in text
    assert "disk not in the forecast, for none ever ran and their settings do not tell: 1 table" in text
    assert report([], BEFORE, lambda job: set()).startswith("Nothing to be done")


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
