"""One Snakemake a folder: a second one is refused, and what was killed leaves nothing behind."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mneme.errors import UserError
from mneme.operations import lock

ROOT = Path(__file__).parents[2]
HOLD = """
import sys; sys.path[:0] = {path!r}
from pathlib import Path; from mneme.operations import lock
lock.hold(Path({folder!r}))
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / ".snakemake"


def holder(folder: Path) -> subprocess.Popen:
    """Another Snakemake: holds the lock."""
    code = HOLD.format(path=sys.path, folder=str(folder))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
    process = subprocess.Popen([sys.executable, "-c", code], **pipes)
    assert process.stdout.readline() == "locked\n"
    return process


def held(folder: Path) -> subprocess.CompletedProcess:
    """Take the lock in a process of its own, which ends at once."""
    code = HOLD.format(path=sys.path, folder=str(folder))
    return subprocess.run([sys.executable, "-c", code], input="", capture_output=True, encoding="utf-8")


def test_of_a_living_process(folder: Path):
    process = holder(folder)
    with pytest.raises(UserError) as caught:
        lock.hold(folder)
    owner = f"process {process.pid} on {socket.gethostname()}"
    assert str(caught.value) == f"{folder.parent}: {owner} runs here; wait for it, or end it there"
    process.communicate("")
    assert held(folder).returncode == 0


def test_of_a_killed_process(folder: Path):
    process = holder(folder)
    process.kill()
    process.communicate()
    assert held(folder).returncode == 0


def test_another_folder_is_nobodys_business(folder: Path, tmp_path: Path):
    process = holder(folder)
    (tmp_path / "other").mkdir()
    assert held(tmp_path / "other/.snakemake").returncode == 0
    process.communicate("")


def test_who_is_named_is_the_last_who_held_it(folder: Path):
    folder.mkdir()
    (folder / "mneme.lock").write_text("process 4194304 on a machine with a very long name", encoding="utf-8")
    process = holder(folder)
    said = (folder / "mneme.lock").read_text(encoding="utf-8")
    assert said == f"process {process.pid} on {socket.gethostname()}"
    process.communicate("")


def test_children_do_not_hold_it(folder: Path):
    """A job that outlives its Snakemake keeps nobody out."""
    code = HOLD.format(path=sys.path, folder=str(folder)).replace("sys.stdin.read()", "")
    code += "import subprocess; print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid)"
    parent = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    try:
        assert held(folder).returncode == 0
    finally:
        os.kill(int(parent.stdout.split()[-1]), 9)


def test_where_nothing_can_be_written(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    lock.hold(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == ""


def test_snakemakes_own_locks_are_off():
    """They outlive a Snakemake that was killed."""
    profiles = sorted((ROOT / "profiles").glob("*/config.yaml"))
    assert profiles and all(yaml.safe_load(path.read_text(encoding="utf-8"))["nolock"] is True for path in profiles)
