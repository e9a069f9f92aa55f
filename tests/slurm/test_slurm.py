"""The smoke DAG on a real SLURM: undisturbed, and with what happens on clusters; every time the same bytes."""

import os
import re
import signal

import pytest
from conftest import OPTIONS, PLUGIN, RESULTS
from flow import wait_for

ARGUMENTS = (*OPTIONS, "--config", "device=cpu")


def finish(folder, undisturbed) -> str:
    """Run to the end; the results are those of the undisturbed run."""
    run = folder.run(*ARGUMENTS, **PLUGIN)
    assert run.status == 0, run.text
    assert folder.hashes(*RESULTS) == undisturbed.hashes(*RESULTS)
    return run.text


def test_the_whole_dag_runs_as_jobs_of_slurm(undisturbed):
    text = undisturbed.first.text
    assert len(re.findall(r"submitted with SLURM jobid", text)) >= 8, text
    assert "localrule table" in text


def test_a_cancelled_job_is_submitted_again(cluster, folder, undisturbed):
    process = folder.start(*ARGUMENTS, **PLUGIN)
    log = folder / "logs/smoke/small/finetune/seed0/task1.log"
    wait_for(log.exists, process, 300)
    cluster.call("scancel", *cluster.jobs("running"))
    text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    assert folder.hashes(*RESULTS) == undisturbed.hashes(*RESULTS)


def test_snakemake_killed_then_started_again(cluster, folder, undisturbed):
    process = folder.start(*ARGUMENTS, **PLUGIN)
    wait_for((folder / "logs/smoke/small/finetune/seed0/task1.log").exists, process, 300)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    cluster.call("scancel", *cluster.jobs())  # docs/slurm.md: orphans go on otherwise
    cluster.wait(lambda: not cluster.jobs())
    assert folder.run("--unlock", **PLUGIN).status == 0
    finish(folder, undisturbed)


def test_jobs_wait_for_a_drained_node(cluster, folder, undisturbed):
    cluster.call("scontrol", "update", f"nodename={cluster.node}", "state=drain", "reason=test")
    process = folder.start(*ARGUMENTS, **PLUGIN)
    try:
        wait_for(lambda: cluster.jobs("pending"), process, 120)
        assert not cluster.jobs("running")
    finally:
        cluster.call("scontrol", "update", f"nodename={cluster.node}", "state=resume")
    text, _ = process.communicate(timeout=600)
    assert process.returncode == 0, text
    assert folder.hashes(*RESULTS) == undisturbed.hashes(*RESULTS)


@pytest.mark.parametrize("rule", ["base"])
def test_a_job_without_enough_memory_gets_more(folder, undisturbed, rule):
    """150 MB are too few for Snakemake and torch, twice as many as a later attempt gets are not."""
    memory = "150 if attempt == 1 else 8000"
    run = folder.run(*ARGUMENTS, "--set-resources", f"{rule}:mem_mb={memory}", **PLUGIN)
    assert run.status == 0, run.text
    assert "Trying to restart job" in run.text
    assert folder.hashes(*RESULTS) == undisturbed.hashes(*RESULTS)
