"""Fingerprints of a user's own pictures: by content, and cheap."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from data_files import by_class, coloured, write_folder, write_tar

from mneme import files
from mneme.data.fingerprint import fingerprint
from mneme.errors import UserError


@pytest.fixture(params=["folder", "tar"])
def source(request, tmp_path):
    if request.param == "folder":
        return write_folder(tmp_path / "set", by_class(3))
    return write_tar(tmp_path / "set.tar", by_class(3))


def test_classes_and_a_hash(source, tmp_path):
    found = fingerprint(source, tmp_path / "cache.json")
    assert found["classes"] == ["ape", "bee"]
    assert len(found["sha256"]) == 64


def test_nothing_is_read_twice(source, tmp_path, monkeypatch):
    first = fingerprint(source, tmp_path / "cache.json")
    written = (tmp_path / "cache.json").stat().st_mtime_ns
    monkeypatch.setattr(files, "sha256", lambda path: pytest.fail(f"{path} was read again"))
    assert fingerprint(source, tmp_path / "cache.json") == first
    assert (tmp_path / "cache.json").stat().st_mtime_ns == written


def test_a_touch_changes_nothing(source, tmp_path):
    first = fingerprint(source, tmp_path / "cache.json")
    os.utime(source / "ape/00.png" if source.is_dir() else source, (1, 1))
    assert fingerprint(source, tmp_path / "cache.json") == first


def test_content_names_and_number_count(tmp_path):
    source, cache = write_folder(tmp_path / "set", by_class(3)), tmp_path / "cache.json"
    seen = [fingerprint(source, cache)]
    (source / "ape/00.png").write_bytes(coloured(1, seed=9)[0])
    seen.append(fingerprint(source, cache))
    (source / "ape/00.png").unlink()
    seen.append(fingerprint(source, cache))
    (source / "bee").rename(source / "cat")
    seen.append(fingerprint(source, cache))
    assert len({found["sha256"] for found in seen}) == 4
    assert seen[-1]["classes"] == ["ape", "cat"]


def test_a_changed_archive_is_read_again(tmp_path):
    source, cache = write_tar(tmp_path / "set.tar", by_class(3)), tmp_path / "cache.json"
    first = fingerprint(source, cache)
    write_tar(source, by_class(3, prefix="top/") | by_class(1, prefix="top/new/"))
    with pytest.raises(UserError, match=r"lies too deep|different depths"):
        fingerprint(source, cache)
    write_tar(source, {"dog/0.png": b"1"})
    assert fingerprint(source, cache)["classes"] == ["dog"]
    assert fingerprint(source, cache)["sha256"] != first["sha256"]


def test_a_copy_elsewhere_has_the_same_hash_and_both_are_remembered(tmp_path):
    cache = tmp_path / "cache.json"
    one, two = (fingerprint(write_folder(tmp_path / name, by_class(3)), cache) for name in ("one", "two"))
    assert one == two
    assert len(files.read_json(cache)) == 2


def test_flat_pictures_have_no_class(tmp_path):
    source = write_folder(tmp_path / "set", {"0.png": coloured(1)[0]})
    assert fingerprint(source, tmp_path / "cache.json")["classes"] == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe"])
def test_a_spoilt_cache_is_made_anew(tmp_path, content):
    source, cache = write_folder(tmp_path / "set", by_class(3)), tmp_path / "cache.json"
    first = fingerprint(source, cache)
    cache.write_bytes(content)
    assert fingerprint(source, cache) == first
    assert len(files.read_json(cache)) == 1


def test_missing_and_empty_are_named(tmp_path):
    cache = tmp_path / "cache.json"
    with pytest.raises(UserError, match="nowhere: no such folder or archive"):
        fingerprint(tmp_path / "nowhere", cache)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty: holds no pictures"):
        fingerprint(tmp_path / "empty", cache)
    (tmp_path / "empty.tar").write_bytes(b"")
    with pytest.raises(UserError, match=r"empty.tar: truncated or corrupt"):
        fingerprint(tmp_path / "empty.tar", cache)


def test_a_plan_needs_no_torch():
    src = Path(__file__).resolve().parents[2] / "src"
    code = f"""import sys; sys.path.insert(0, {str(src)!r})
import mneme.data.fingerprint, mneme.data.download
print(*{{"torch", "numpy", "PIL"}} & set(sys.modules))"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("\n", "")
