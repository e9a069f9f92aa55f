"""Resume folders that no job goes on from are told from those that one does."""

import fcntl
import json
import shlex
from pathlib import Path

import pytest

from mneme.files import save
from mneme.operations.dry_run import Job
from mneme.operations.leftovers import leftovers, owned
from mneme.training.resume import Resume

SPEC = {"job": "train", "seed": 0, "settings": {"lr": 0.1, "name": "a b"}}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Resume, "listen", lambda self: None)
    for name in ("data/digits.pt", "data/x=y.pt", "results/base.pt", "results/one.pt", "results/two.pt"):
        Path(name).parent.mkdir(exist_ok=True)
        save(Path(name), {"name": name})
    return tmp_path


def task(number: int) -> Path:
    return Path(f"results/smoke/s/m/seed0/task{number}")


def job(number: int, spec: dict = SPEC, options: str = "--data d=data/digits.pt f=data/x=y.pt --base results/base.pt"):
    made = task(number) / "checkpoint.pt"
    command = f"python train.py {options} --checkpoint {made} --spec {shlex.quote(json.dumps(spec))} >a.log 2>&1"
    return Job("train", (str(made),), "", False, command)


def killed(name: Path, size: int = 1000) -> Path:
    """The folder that a killed job has left."""
    name.mkdir(parents=True)
    (name / "state.pt").write_bytes(bytes(size))
    return name


@pytest.mark.parametrize(
    ("options", "read"),
    [
        ("--data d=data/digits.pt f=data/x=y.pt --base results/base.pt", "data/digits.pt data/x=y.pt results/base.pt"),
        ("--previous results/one.pt --data d=data/digits.pt", "data/digits.pt results/one.pt"),
        (
            "--replayed 1=results/one.pt 2=results/two.pt --replayed-base results/base.pt --data d=data/digits.pt",
            "data/digits.pt results/base.pt results/one.pt results/two.pt",
        ),
    ],
)
def test_a_folder_is_called_as_training_calls_it(options, read):
    resume = Resume.of_job(task(1) / "checkpoint.pt", SPEC, map(Path, read.split()))
    assert owned(job(1, options=options), set()) == resume.folder.name
    assert owned(job(1, {**SPEC, "seed": 1}, options), set()) != resume.folder.name


def test_what_depends_on_files_to_come_may_be_anybodys():
    assert owned(job(1), {"results/base.pt"}) is None
    Path("results/base.pt").unlink()
    assert owned(job(1), set()) is None


def test_folders_are_stale_owned_or_of_another_plan():
    planned = [job(1), job(2, options="--data d=data/digits.pt --previous results/absent.pt")]
    mine = killed(task(1) / owned(planned[0], set()))
    old = killed(task(1) / ".resume-0123456789abcdef", 3_000_000)
    unknown = killed(task(2) / ".resume-0123456789abcdef")  # until its previous task is there
    done = killed(task(3) / ".resume-0123456789abcdef", 500_000)
    (task(3) / "checkpoint.pt").touch()
    other = killed(task(4) / ".resume-0123456789abcdef")
    found = leftovers(planned)
    assert found.stale == {old: 3_000_000, done: 500_000} and found.elsewhere == {other: 1000}
    text = str(found)
    assert text.startswith("2 resume folders, 3.5 MB, that no job goes on from:\n  3.0 MB  ")
    assert f"To remove them: rm -r {old} {done}\n" in text and str(mine) not in text and str(unknown) not in text
    assert "1 resume folder, 0.0 MB, of tasks that this plan does not have; another config may go on:\n" in text
    assert str(leftovers([job(4)])).count("\n") > 2
    assert str(leftovers([], Path("data"))) == "No resume folder is left over."


def test_a_task_that_is_trained_now_is_left_alone():
    killed(task(3) / ".resume-0123456789abcdef")
    (task(3) / "checkpoint.pt").touch()
    with open(task(3) / ".resume-lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert not leftovers([]).stale
    assert len(leftovers([]).stale) == 1
