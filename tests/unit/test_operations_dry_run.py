"""The jobs of a dry run, read from its text."""

import pytest

from mneme.operations.dry_run import jobs

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


def test_the_jobs_of_a_dry_run():
    train, table = jobs(LOG)
    assert (train.rule, train.gpu, len(train.outputs)) == ("train", True, 2)
    assert (table.rule, table.gpu) == ("table", False)


def test_jobs_that_share_a_submission_are_counted_too():
    group = "[Sat Nov 21 05:00:00 2026] Group job measure (jobs in lexicogr. order):\n\n"
    command = 'Shell command: \n        python evaluate.py --spec \'{"job": "evaluate"}\'\n        \n'
    first, rest = LOG.split("\n\n", 1)
    inside = "".join(f"    {line}\n" for line in first.splitlines())
    grouped = jobs(group + (inside + command + "\n") * 2 + rest)
    assert [job.rule for job in grouped] == ["train", "train", "table"]
    assert [(job.outputs, job.reason, job.gpu) for job in grouped[1:]] == [
        (job.outputs, job.reason, job.gpu) for job in jobs(LOG)
    ]
    assert grouped[0].spec == {"job": "evaluate"} and grouped[2].spec is None


@pytest.mark.parametrize("start", ["", "\n        "])
def test_a_command_stands_on_one_line_or_below(start):
    first, rest = LOG.split("\n\n", 1)
    command = f"""{start}python train.py --base b.pt --spec '{{"job": "train"}}' >log 2>&1\n"""
    train, table = jobs(f"{first}\nShell command: {command}\n{rest}")
    assert train.spec == {"job": "train"} and train.option("--base") == "b.pt" and table.spec is None
