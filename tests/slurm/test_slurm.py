"""A small DAG on a real SLURM: undisturbed, and with a job cancelled by somebody else; the same bytes."""

import re

from cluster import OPTIONS, PLUGIN, RESULTS
from flow import wait_for

ARGUMENTS = (*OPTIONS, "--config", "device=cpu")


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
