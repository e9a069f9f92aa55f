"""Files that appear whole: what writers leave behind when they are killed, and what they leave to each other."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from mneme.files import atomic

WRITER = """
import os, sys
from pathlib import Path
from mneme.files import atomic
with atomic(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.read()
"""


def writer(path: Path) -> subprocess.Popen:
    """A process in the middle of writing; closing its input lets it end."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "writing\n"
    return process


def write(path: Path) -> None:
    with atomic(path) as file:
        file.write(b"whole")


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path):
    path = tmp_path / "result [1].pt"
    process = writer(path)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [left.name for left in tmp_path.iterdir()] == [f".{path.name}.{process.pid}.partial"]
    write(path)
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == b"whole"


def test_two_writers_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "result.pt"
    process = writer(path)
    write(path)
    assert path.read_bytes() == b"whole"
    process.communicate("")
    assert process.returncode == 0 and path.read_bytes() == b"half" and list(tmp_path.iterdir()) == [path]
