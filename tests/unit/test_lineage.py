"""What a file says of where it comes from: written beside results, asked before they are used."""

import json
from pathlib import Path

import pytest
import torch

from mneme import files, lineage
from mneme.errors import UserError
from mneme.spec import spec_hash

SPEC = {"job": "train", "seed": 0}


@pytest.fixture(autouse=True)
def forget():
    """In a run every job is a process of its own."""
    lineage.records.cache_clear()


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A result, one that is not the same in every run, and their record."""
    for name in ("rows.json", "timing.json"):
        (tmp_path / name).write_text("[1]\n", encoding="utf-8")
    lineage.write(tmp_path / "train.lineage.json", SPEC, [tmp_path / "rows.json"], [tmp_path / "timing.json"])
    return tmp_path


def refused(path: Path, expected: str = spec_hash(SPEC)) -> str:
    with pytest.raises(UserError) as caught:
        lineage.check(path, expected)
    return str(caught.value)


def test_the_record_holds_spec_hash_and_digests(made):
    record = json.loads((made / "train.lineage.json").read_text(encoding="utf-8"))
    outputs = {"rows.json": files.sha256(made / "rows.json"), "timing.json": None}
    assert record == {"hash": spec_hash(SPEC), "spec": SPEC, "outputs": outputs}
    lineage.check(made / "rows.json", spec_hash(SPEC))


def test_the_same_outputs_give_the_same_record(made):
    before = (made / "train.lineage.json").read_bytes()
    lineage.write(made / "train.lineage.json", SPEC, [made / "rows.json"], [made / "timing.json"])
    assert (made / "train.lineage.json").read_bytes() == before


def test_it_travels(made, tmp_path_factory):
    """To another folder, with other time stamps."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    elsewhere.mkdir()
    for path in made.iterdir():
        (elsewhere / path.name).write_bytes(path.read_bytes())
    lineage.check(elsewhere / "rows.json", spec_hash(SPEC))


def test_an_edited_file_is_refused_by_name(made):
    (made / "rows.json").write_text("[2]\n", encoding="utf-8")
    assert refused(made / "rows.json").startswith(f"{made}/rows.json: not as its job left it: edited or damaged; ")


def test_of_what_varies_only_the_job_counts(made):
    (made / "timing.json").write_text("[2]\n", encoding="utf-8")
    lineage.check(made / "timing.json", spec_hash(SPEC))
    assert "made from spec" in refused(made / "timing.json", "0" * 16)


def test_a_file_of_another_job_is_refused(made):
    said = refused(made / "rows.json", "0" * 16)
    assert said.startswith(f"{made}/rows.json: made from spec {spec_hash(SPEC)}, but this job needs spec {'0' * 16}; ")


@pytest.mark.parametrize("record", [None, "", "{", "[]", '{"hash": "x"}', '{"outputs": {"rows.json": null}}'])
def test_a_file_without_a_record_is_refused(made, record):
    path = made / "train.lineage.json"
    path.unlink() if record is None else path.write_text(record, encoding="utf-8")
    assert refused(made / "rows.json").startswith(f"{made}/rows.json: nothing says which job made it; delete it")


def test_a_file_that_is_gone_is_refused(made):
    (made / "rows.json").unlink()
    assert refused(made / "rows.json").startswith(f"{made}/rows.json: cannot be read (No such file or directory); ")


def test_jobs_that_share_a_folder_each_have_their_record(made):
    (made / "curve.json").write_text("[]\n", encoding="utf-8")
    lineage.write(made / "curve.lineage.json", {"job": "curve"}, [made / "curve.json"])
    lineage.check(made / "curve.json", spec_hash({"job": "curve"}))
    lineage.check(made / "rows.json", spec_hash(SPEC))


def test_a_users_own_file_counts_by_its_content(tmp_path):
    path = tmp_path / "mine.pt"
    path.write_bytes(b"mine")
    lineage.check(path, f"sha256:{files.sha256(path)}")
    lineage.check(path, f"sha256:{files.sha256(path)[:8]}")  # as torchvision's names of weights have it
    assert f"but sha256:{'0' * 64} is asked for" in refused(path, f"sha256:{'0' * 64}")


def test_large_archives_are_told_by_the_checksums_in_them(tmp_path, monkeypatch):
    monkeypatch.setattr(lineage, "WHOLE", 64)
    path = tmp_path / "checkpoint.pt"
    files.save(path, {"x": torch.zeros(100)})
    lineage.write(tmp_path / "train.lineage.json", SPEC, [path])
    monkeypatch.setattr(files, "sha256", lambda path: pytest.fail("read whole"))
    lineage.check(path, spec_hash(SPEC))
    files.save(path, {"x": torch.ones(100)})
    assert "edited or damaged" in refused(path)


def test_a_large_file_that_is_no_archive_is_read_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(lineage, "WHOLE", 4)
    (tmp_path / "table.csv").write_text("value\n1\n", encoding="utf-8")
    lineage.write(tmp_path / "table.lineage.json", SPEC, [tmp_path / "table.csv"])
    (tmp_path / "table.csv").write_text("value\n2\n", encoding="utf-8")
    assert "edited or damaged" in refused(tmp_path / "table.csv")
