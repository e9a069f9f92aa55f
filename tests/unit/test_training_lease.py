"""GPU leases, taken by real processes from an invented list of devices."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mneme.errors import UserError
from mneme.machine import lease

SOURCE = Path(lease.__file__).parents[2]
HOLD = f"""
import os, subprocess, sys
sys.path.insert(0, {str(SOURCE)!r})
from mneme.machine.lease import lease
device = lease(sys.argv[1], poll=0.02)
assert "torch" not in sys.modules
if sys.argv[2:]:
    subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(device, os.environ.get("CUDA_VISIBLE_DEVICES"), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with some devices; returns a function that starts a job there."""
    for name in ("SLURM_JOB_ID", lease.SLOTS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(lease.LOCKS, str(tmp_path / "locks"))
    started = []

    def start(visible: str, device: str = "auto", child: tuple[str, ...] = (), **environment: str) -> subprocess.Popen:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": visible, **environment}
        process = subprocess.Popen([sys.executable, "-c", HOLD, device, *child], env=environment, text=True, **pipes)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def leased(process: subprocess.Popen) -> str:
    return process.stdout.readline().strip()


def waits(process: subprocess.Popen) -> bool:
    """It said so, and after many polls has still got none."""
    said = process.stderr.readline().startswith("waiting for a GPU")
    time.sleep(0.3)
    os.set_blocking(process.stdout.fileno(), False)
    got = process.stdout.readline()
    os.set_blocking(process.stdout.fileno(), True)
    return said and not got and process.poll() is None


def test_every_job_gets_a_device_of_its_own_and_the_next_one_waits(machine):
    first, second = machine("0,1"), machine("0,1")
    assert {leased(first), leased(second)} == {"cuda 0", "cuda 1"}
    third = machine("0,1")
    assert waits(third)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_job_frees_its_device(machine, number):
    first = machine("7")
    assert leased(first) == "cuda 7"
    second = machine("7")
    assert waits(second)
    first.send_signal(number)
    assert leased(second) == "cuda 7"


def test_a_child_process_does_not_keep_the_lease(machine):
    """What a job starts and leaves behind (a pager, a compiler's server) holds no GPU."""
    first = machine("0", child=("sleep", "5"))
    assert leased(first) == "cuda 0"
    first.kill()
    first.wait()
    assert leased(machine("0")) == "cuda 0"


def test_slots_are_filled_device_by_device(machine):
    jobs = []
    for _ in range(4):
        jobs.append(machine("0,1", MNEME_GPU_SLOTS="2"))
        jobs[-1].line = leased(jobs[-1])
        assert max(Counter(job.line for job in jobs).values()) - 1 <= len(jobs) // 3
    assert Counter(job.line for job in jobs) == {"cuda 0": 2, "cuda 1": 2}
    assert waits(machine("0,1", MNEME_GPU_SLOTS="2"))


def test_the_devices_are_those_of_an_outer_choice(machine):
    assert leased(machine("GPU-8932f937,MIG-41a2/3")) == "cuda GPU-8932f937"
    assert leased(machine("MIG-41a2/3")) == "cuda MIG-41a2/3"
    assert leased(machine("2,3", "cuda:1")) == "cuda 3"


@pytest.mark.parametrize("visible", ["", "-1"])
def test_without_a_device_nothing_is_leased(machine, tmp_path, visible):
    assert leased(machine(visible)) == f"auto {visible}".strip()
    assert not (tmp_path / "locks").exists()


def test_a_job_on_the_cpu_leases_nothing(machine, tmp_path):
    assert leased(machine("0", "cpu")) == "cpu 0"
    assert not (tmp_path / "locks").exists()


def test_slurm_has_chosen_already(machine):
    first, second = (machine("0", SLURM_JOB_ID="12") for _ in range(2))
    assert [leased(first), leased(second)] == ["auto 0", "auto 0"]


def test_several_devices_of_one_slurm_job_are_shared_by_the_jobs_inside(machine):
    one, two, other = (machine("0,1", SLURM_JOB_ID=job) for job in ("12", "12", "13"))
    assert {leased(one), leased(two)} == {"cuda 0", "cuda 1"}
    assert leased(other).startswith("cuda")
    assert waits(machine("0,1", SLURM_JOB_ID="12"))


def test_a_device_that_is_not_there_is_named(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with pytest.raises(UserError, match=r"cuda:2, but the devices here are 0, 1"):
        lease.lease("cuda:2")


@pytest.mark.parametrize("text", ["0", "two", "-1", "1.5"])
def test_slots_are_a_whole_number(monkeypatch, text):
    monkeypatch.setenv(lease.SLOTS, text)
    with pytest.raises(UserError, match=f"MNEME_GPU_SLOTS={text}"):
        lease.slots()
