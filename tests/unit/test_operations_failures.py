"""The table of what failed: each job with the end of its log and a likely cause."""

import pytest

from mneme.operations.failures import cause, failures, table

SAID = """[Sat Nov 21 05:00:00 2026]
Error in rule train:
    message: Learn task 1
    jobid: 4
    output: results/smoke/s/ewc/seed0/task1/checkpoint.pt, results/smoke/s/ewc/seed0/task1/snapshots.pt
    log: {log} (check log file(s) for error details)
    shell:
        python train.py
"""


def test_a_failed_job_is_listed_once_with_the_end_of_its_log(tmp_path):
    log = tmp_path / "task1.log"
    log.write_text("step 1/6\n\nstep 2/6\nerror: data.pt: no such file\n")
    found = failures(SAID.format(log=log) * 2, tail=2)
    assert len(found) == 1
    assert found[0].rule == "train"
    assert found[0].output == "results/smoke/s/ewc/seed0/task1/checkpoint.pt"
    assert found[0].lines == ["step 2/6", "error: data.pt: no such file"]
    assert found[0].cause == "data.pt: no such file"
    text = table(found)
    assert "1 failed job:" in text and "likely cause: data.pt: no such file" in text and str(log) in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate", "gpu_slots"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("slurmstepd: error: Detected 1 oom-kill event", "raise mem_mb"),
        ("slurmstepd: error: *** JOB 3 CANCELLED AT 2026 DUE TO TIME LIMIT ***", "raise runtime"),
        ("stopped after step 20; run the same command", "training goes on"),
        ("stopped by Ctrl-C; run the same command to go on", "stopped from outside"),
        ("ModuleNotFoundError: No module named 'scipy'", "scipy is not installed"),
        ("ValueError: something else", "ValueError: something else"),
    ],
)
def test_likely_causes(line, words):
    assert words in cause(["step 1", line])


def test_a_silent_death_is_said_to_be_one():
    assert "killed" in cause([])
    assert cause(["step 3/6"]) == "unknown"


def test_a_killed_job_is_said_to_be_one(tmp_path):
    log = tmp_path / "task1.log"
    log.write_text("step 1/6\n")
    command = f"Command 'set -euo pipefail;\n    python train.py >{log} 2>&1' returned non-zero exit status"
    for status, words in (
        (137, "killed from outside"),
        (139, "crashed, often"),
        (134, "crashed, often"),
        (135, "a file that it read was cut, or a disk is full"),
        (130, "stopped from outside"),
        (143, "ended from outside, by a scheduler or a guard of memory"),
        (1, "unknown"),
    ):
        (found,) = failures(f"{command} {status}.\n{SAID.format(log=log)}")
        assert found.cause.startswith(words)


def test_a_job_that_ended_well_the_second_time_is_not_listed():
    failed, finished = SAID.format(log="task1.log"), "Finished jobid: 4 (Rule: train)\n"
    assert failures(failed + failed + finished) == []
    assert len(failures(failed + "Finished jobid: 5 (Rule: train)\n")) == 1


def test_of_a_group_only_the_guilty_are_listed(tmp_path):
    """A group's jobs are all said to have failed, also those that had ended well or never began."""
    names = {"first": "step 6/6\n", "second": "error: b: no such file\n", "third": ""}
    said = "[Sat Nov 21 05:00:00 2026]\n    jobs:\n"
    for name, lines in names.items():
        log = tmp_path / f"{name}.log"
        log.write_text(lines)
        said += f"        rule evaluate:\n            jobid: 1\n            output: {name}.json, {name}.pt\n"
        said += f"            log: {log} (check log file(s) for error details)\n"
    for name in names:
        said += f"Error in rule evaluate:\n    jobid: 1\n    output: {name}.json, {name}.pt\n"
        said += f"    log: {tmp_path}/{name}.log\n"
    assert [(failure.output, failure.cause) for failure in failures(said)] == [("second.json", "b: no such file")]


def test_nothing_failed():
    assert table(failures("Finished job 3.\n")) == ""
