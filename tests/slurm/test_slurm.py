"""A real SLURM: the whole DAG, and what goes wrong on clusters; always the bytes of one machine left in peace."""

import re
import signal
import subprocess
import time

import pytest
import small
from cluster import Cluster, slurm_options
from conftest import BASE, EVALUATION
from flow import Folder, wait_for

LOG = "logs/smoke/bases/digits-0_1-8px/seed0.log"


def start(folder: Folder, target: str, *arguments: str, **options: str) -> subprocess.Popen:
    return folder.start(target, *slurm_options(*arguments, **options))


def training(folder: Folder, process: subprocess.Popen) -> None:
    """Wait until the base GAN has trained for some steps."""
    log = folder / LOG
    wait_for(lambda: log.exists() and len(log.read_text().splitlines()) >= 5, process)


def finish(process: subprocess.Popen, seconds: float = 300) -> str:
    try:
        text, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert process.returncode == 0, text
    return text


def submissions(text: str) -> int:
    return len(re.findall(r"submitted with SLURM jobid", text))


def went_on(folder: Folder) -> bool:
    return "going on after step" in (folder / LOG).read_text()


def test_a_cancelled_job_is_submitted_again_and_goes_on(cluster: Cluster, folder: Folder, undisturbed: Folder):
    process = start(folder, BASE)
    training(folder, process)
    cluster.call("scancel", *cluster.jobs("running"))
    finish(process)
    assert cluster.asked(folder.path, "base") == ["16000M N/A", "32000M N/A"] and went_on(folder)
    assert folder.hashes("results/smoke/bases/**/*") == undisturbed.hashes("results/smoke/bases/**/*")


def test_snakemake_is_killed_and_the_same_command_goes_on(cluster: Cluster, folder: Folder, undisturbed: Folder):
    process = start(folder, BASE)
    training(folder, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    orphans = cluster.jobs("running")
    assert orphans, "SLURM's jobs outlive Snakemake"
    cluster.call("scancel", *orphans)
    cluster.wait(lambda: not cluster.jobs("running", "completing"))
    finish(start(folder, BASE))  # Snakemake's own locks are off, and ours died with it
    assert went_on(folder)
    assert folder.hashes("results/smoke/bases/**/*") == undisturbed.hashes("results/smoke/bases/**/*")


@pytest.mark.slow
def test_a_drained_node_finishes_its_job_and_takes_no_other(cluster: Cluster, folder: Folder, undisturbed: Folder):
    process = start(folder, EVALUATION)
    training(folder, process)
    cluster.call("scontrol", "update", f"nodename={cluster.node}", "state=drain", "reason=test")
    try:
        wait_for((folder / BASE).exists, process)
        cluster.wait(lambda: cluster.jobs("pending"))
        time.sleep(3)
        assert not cluster.jobs("running") and not (folder / EVALUATION).exists()
    finally:
        cluster.call("scontrol", "update", f"nodename={cluster.node}", "state=resume")
    assert submissions(finish(process)) == 2
    assert folder.results() == undisturbed.results()


def test_too_much_memory_once(cluster: Cluster, folder: Folder, undisturbed: Folder):
    """500 MB are fewer than torch takes; the second attempt asks for three times as much."""
    process = start(folder, BASE, "--set-resources", "base:mem_mb=500 * (2 * attempt - 1)")
    finish(process)
    assert cluster.asked(folder.path, "base") == ["500M N/A", "1500M N/A"]
    assert folder.hashes("results/smoke/bases/**/*") == undisturbed.hashes("results/smoke/bases/**/*")


@pytest.mark.slow
def test_interrupted_and_resumed(cluster: Cluster, folder: Folder, undisturbed: Folder):
    process = start(folder, EVALUATION)
    training(folder, process)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=120)
    assert process.returncode != 0, text
    cluster.wait(lambda: not cluster.jobs("running", "completing"))
    finish(start(folder, EVALUATION))
    assert went_on(folder)
    assert folder.results() == undisturbed.results()


@pytest.mark.slow
def test_a_failure_names_its_log(cluster: Cluster, folder: Folder):
    """A classifier and a reference in one submission, with one GPU by SLURM's count but none in the machine."""
    for path in [*folder.path.glob("results/smoke/classifiers/*"), *folder.path.glob("results/smoke/*/real/*/*")]:
        path.unlink()
    process = start(folder, "results/smoke/small/real/task0/classifier.pt", "--retries", "0", device="cuda")
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 1, text
    assert cluster.asked(folder.path, "judge") == ["8000M gres:gpu:1"]
    told = text[text.index("1 failed job:") :]
    assert "likely cause: device: cuda" in told and "sees no CUDA device" in told
    assert "classifier  results/smoke/classifiers/" in told and "  log: logs/smoke/classifiers/" in told


@pytest.mark.slow
def test_the_whole_dag(cluster: Cluster, tmp_path):
    """Every rule of the workflow, with and without SLURM."""
    alone = small.every_rule(Folder.from_checkout(tmp_path / "alone"))
    folder = alone.clone(tmp_path / "cluster")
    run = alone.run()
    assert run.status == 0, run.text
    text = finish(folder.start(*slurm_options()), seconds=1200)
    assert submissions(text) == 17  # of 37 jobs, 11 of them trainings
    assert folder.results() == alone.results()
