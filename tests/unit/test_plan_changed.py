"""Which results are there, told from their records: same, missing, or what of them is different."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mneme import lineage
from mneme.plan.changed import FUTURE, MISSING, RECORD, SAME, differences, mark, marks, state
from mneme.plan.job import LINEAGE, Job


@dataclass(frozen=True)
class Spec:
    tasks: list[tuple[int, ...]]
    settings: dict[str, Any]
    chain: dict[str, Any] | None = None


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(name: str, *before: Job, lr: float = 0.1, code: str = "c", chain: dict | None = None) -> Job:
    made = {"output": f"{name}.pt", LINEAGE: f"{name}.lineage.json"}
    inputs = {"previous": [one.file("output") for one in before]}
    return Job("train", Spec([(1, 2)], {"lr": lr, "steps": 3}, chain), inputs, made, code)


def make(*jobs: Job) -> None:
    """Leave what a job leaves."""
    for one in jobs:
        output = Path(one.outputs["output"])
        output.write_text(one.hash, encoding="utf-8")
        lineage.write(Path(one.outputs[LINEAGE]), json.loads(one.text), [output])


def test_nothing_is_there():
    assert state(job("a")) == MISSING


def test_the_same_whenever_it_was_made():
    make(job("a"))
    assert state(job("a")) == SAME


def test_of_some_files_that_are_gone_the_record_still_says_the_same():
    """Snakemake sees for itself that one is missing."""
    make(job("a"))
    Path("a.pt").unlink()
    assert state(job("a")) == SAME


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"lr": 0.2}, "settings"),
        ({"code": "d"}, "code"),
        ({"lr": 0.2, "code": "d"}, "code"),
    ],
)
def test_a_job_that_is_another(now, expected):
    make(job("a"))
    assert state(job("a", **now)) == expected


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"hash": "x"}', '{"hash": "x", "spec": []}', b"\xff\xfe"])
def test_a_damaged_record_says_nothing(text):
    make(job("a"))
    Path("a.lineage.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert state(job("a")) == RECORD


def test_results_without_a_record():
    make(job("a"))
    Path("a.lineage.json").unlink()
    assert state(job("a")) == RECORD


def test_what_it_reads_is_made_again():
    make(job("a"), job("b", job("a")))
    after = job("b", job("a", lr=0.2))
    assert state(after) == "inputs"


def test_what_it_reads_was_made_again_without_it():
    make(job("a", lr=0.2), job("b", job("a")))
    after = job("b", job("a", lr=0.2))
    assert state(after) == "inputs"


def test_one_of_two_that_it_reads_is_made_again():
    make(job("a", lr=0.2), job("b"), job("c", job("a"), job("b")))
    after = job("c", job("a", lr=0.2), job("b", code="d"))
    assert state(after) == "inputs"


def test_what_it_reads_is_missing():
    make(job("b", job("a")))
    after = job("b", job("a", lr=0.2))
    assert state(after) == "inputs"


def test_a_chain_in_the_spec_is_an_input():
    """It is the spec of a job whose files are read, its code included."""
    one, other = job("a"), job("a", code="d")
    make(one, job("b", one, chain=json.loads(one.text)))
    after = job("b", other, chain=json.loads(other.text))
    assert state(after) == "inputs"


def test_what_was_made_from_a_result_that_is_to_be_made_again():
    """Its own record says the same, for what lies there is another's."""
    make(job("b", job("a")), job("a", lr=0.2))
    assert state(job("a")) == "settings" and state(job("b", job("a"))) == "inputs"


def test_what_it_reads_may_be_gone():
    """Results can be kept without what they were made from."""
    make(job("b", job("a")))
    assert state(job("a")) == MISSING and state(job("b", job("a"))) == SAME


def test_a_mark_is_an_empty_file_newer_than_all_and_outside_the_folder(folder):
    path = Path(mark("settings"))
    assert path.parent == Path(marks()) and path.stat().st_size == 0 and path.stat().st_mtime == FUTURE
    assert mark("settings") != mark("code") and not list(folder.iterdir())


def test_differences_are_settings():
    one, other = job("a", lr=0.1, code="c"), job("a", lr=0.2, code="d")
    make(job("b", one, chain=json.loads(one.text)))
    after = json.loads(job("b", other, lr=0.3, code="e", chain=json.loads(other.text)).text)
    assert differences(Path("b.lineage.json"), after) == ["settings.lr"]
    del after["settings"]["steps"]
    assert differences(Path("b.lineage.json"), {**after, "more": 1}) == ["more", "settings.lr", "settings.steps"]
