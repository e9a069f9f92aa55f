"""Locks of dead processes go, those of living ones stay, and those of other machines are nobody's business."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mneme.operations import lock


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "locks").mkdir()
    return tmp_path


def holder(folder: Path) -> subprocess.Popen:
    """Another Snakemake: holds the lock, then locks its files."""
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path; from mneme.plan import lock
print(len(lock.hold(Path({str(folder)!r}))), flush=True)
Path({str(folder)!r}, "locks/0.output.lock").write_text("results/a")
print("locked", flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "0\n" and process.stdout.readline() == "locked\n"
    return process


def test_of_a_living_process(folder: Path):
    process = holder(folder)
    assert lock.hold(folder) == [] and (folder / "locks/0.output.lock").exists()
    process.communicate("")


def test_of_a_killed_process(folder: Path):
    process = holder(folder)
    process.kill()
    process.communicate()
    assert lock.hold(folder) == [folder / "locks/0.output.lock"] and not list((folder / "locks").iterdir())


@pytest.mark.parametrize("names", [["elsewhere"], ["elsewhere", socket.gethostname()], []])
def test_of_another_machine_or_of_nobody_known(folder: Path, names: list[str]):
    (folder / "mneme.lock").write_text("".join(f"{name}\n" for name in names))
    (folder / "locks/0.output.lock").write_text("results/a")
    assert lock.hold(folder) == [] and (folder / "locks/0.output.lock").exists()
    assert set((folder / "mneme.lock").read_text().split()) == {*names, socket.gethostname()}


def test_without_locks_the_other_machine_is_forgotten(folder: Path):
    (folder / "mneme.lock").write_text("elsewhere\n")
    lock.hold(folder)
    assert (folder / "mneme.lock").read_text() == f"{socket.gethostname()}\n"


def test_where_nothing_can_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("")
    assert lock.hold(tmp_path / "file") == []
