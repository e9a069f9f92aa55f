"""Where a run writes: refused where it cannot, and without dates from the future."""

import os
import time
from pathlib import Path

import pytest

from mneme.errors import UserError
from mneme.operations import start


def test_a_folder_to_come_is_refused_with_the_one_above(tmp_path: Path):
    start.require_writable([tmp_path / "a/b", tmp_path])
    (tmp_path / "file").write_text("", encoding="utf-8")  # what not even root can write into
    with pytest.raises(UserError, match="file/results: cannot be written to; fix"):
        start.require_writable([tmp_path / "file/results"])


def test_only_files_from_the_future_are_dated_now(tmp_path: Path):
    now = time.time()
    for name, moment in {"past": now - 1000, "future": now + 1000}.items():
        (tmp_path / name).write_text(name, encoding="utf-8")
        os.utime(tmp_path / name, (moment, moment))
    assert start.settle([tmp_path, tmp_path / "absent"]) == 1
    assert (tmp_path / "past").stat().st_mtime == pytest.approx(now - 1000)
    assert now <= (tmp_path / "future").stat().st_mtime <= time.time()
