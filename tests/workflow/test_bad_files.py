"""The corpus of ``bad_files.yaml``: one sentence of the job that reads the file, nothing run, nothing lost."""

import json
import os
import resource
import runpy
import shutil
import sys
from pathlib import Path
from typing import Any

import bad_files
import pytest
import torch
import yaml
from flow import CHECKOUT, Folder, forks

from mneme.lineage import digest
from mneme.training.resume import Resume

CASES = yaml.safe_load(Path(__file__).with_name("bad_files.yaml").read_text())
MADE = [case for case in CASES if "make" in case]
DAMAGED = [case for case in CASES if "job" in case]
SPEC = {"job": "prepare", "dataset": "mine", "format": "image_folder", "size": 8, "channels": None, "fit": "crop"}
SPEC |= {"min_images": 2, "test_fraction": 0.2, "classes": None, "source": "sha256:"}
ENDINGS = {"tar": "bad.tar", "zipped": "bad.zip", "folder": "bad", "pairs": "bad", "sides": "bad"}
GOOD = {  # what the other roles of a format hold
    "idx": {
        "train_images": lambda path: bad_files.idx(path),
        "train_labels": lambda path: bad_files.idx(path, axes=1),
        "test_images": lambda path: bad_files.idx(path),
        "test_labels": lambda path: bad_files.idx(path, axes=1),
    },
    "svhn": {role: lambda path: bad_files.mat(path, X=["uint8", [32, 32, 3, 20]], y=["uint8", [20, 1]])
             for role in ("train", "test")},
    "cifar10": {"archive": None},
}  # fmt: skip
OUTPUTS = {"--output", "--rows", "--samples", "--losses", "--checkpoint", "--output-json", "--output-html"}
ROOM = 3 << 30  # bytes that a job may take beyond what is loaded: a bomb needs more


def run(folder: Path, script: str, arguments: list[str]) -> tuple[int, str]:
    """A script of the workflow as a process of its own, forked with torch loaded: exit status and what it said."""
    output = folder / "said.txt"
    process = forks.Process(target=_run, args=(folder, script, arguments, output))
    process.start()
    process.join(120)
    process.kill()  # if it has not ended by then
    process.join()
    said = output.read_text()
    output.unlink()
    return process.exitcode, said


def _run(folder: Path, script: str, arguments: list[str], output: Path) -> None:
    os.chdir(folder)
    with open(output, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (loaded + ROOM, loaded + ROOM))
    sys.argv = [script, *arguments]
    runpy.run_path(str(CHECKOUT / "workflow/scripts" / f"{script}.py"), run_name="__main__")


def assert_says(case: dict[str, Any], file: str, status: int, said: str, folder: Path) -> None:
    assert not (folder / bad_files.MARK).exists(), "the pickle was run"
    if "says" not in case:
        assert status == 0, said
        return
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert status == 1 and len(errors) == 1 and "Traceback (most" not in said, said
    assert said.rstrip().endswith(errors[0]), said
    sentence = case["says"].replace("{file}", file)
    assert sentence in errors[0], f"not said: {sentence}\n\n{errors[0]}"
    assert "{file}" not in case["says"] or errors[0].startswith(f"error: {sentence}"), errors[0]


@pytest.mark.parametrize("case", MADE, ids=lambda case: case["name"])
def test_data_from_outside(tmp_path: Path, case: dict[str, Any]):
    form, make = case.get("format", "image_folder"), getattr(bad_files, case["make"])
    spec = {**SPEC, "format": form, **case.get("spec", {})}
    if form == "image_folder":
        file = case.get("as", ENDINGS.get(case["make"]))
        (tmp_path / file).parent.mkdir(exist_ok=True)
        arguments = ["--source", file.partition("/")[0]]
        make(tmp_path / file, **case.get("with", {}))
    else:
        spec["classes"] = [str(k) for k in range({"idx": 2, "svhn": 1}.get(form, 10))]
        spec["min_images"] = 0
        ending = {"idx": ".gz", "svhn": ".mat", "cifar10": ".tar.gz"}[form]
        file = f"{case['role']}{ending}"
        for role, good in GOOD[form].items():
            if role != case["role"]:
                good(tmp_path / f"{role}{ending}")
        make(tmp_path / file, **case.get("with", {}))
        arguments = ["--files", *(f"{role}={role}{ending}" for role in GOOD[form])]
    before = {path for path in tmp_path.rglob("*")}
    status, said = run(tmp_path, "prepare", ["--spec", json.dumps(spec), *arguments, "--output", "out/made.pt"])
    assert_says(case, file.partition("/")[0] if form == "image_folder" else file, status, said, tmp_path)
    if "says" in case:
        assert {path for path in tmp_path.rglob("*")} == before
    shutil.rmtree(tmp_path)


# ---- files of the workflow -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(finished: Folder, tmp_path_factory) -> Folder:
    return finished.clone(tmp_path_factory.mktemp("damaged") / "mneme")


def reader(loaded: list[dict], job: str, file: str) -> tuple[list[str], str]:
    """The arguments of a job that read a file, and the file's path in them."""
    for record in loaded:
        if record["script"] == f"workflow/scripts/{job}.py":
            words = record["arguments"]
            for option, word in zip(["", *words], words, strict=False):
                output = option in OUTPUTS or (job in ("train", "base") and option == "--snapshots")
                if word.endswith(file) and not output:
                    return words, word.partition("=")[2] or word
    raise AssertionError(f"no {job} reads {file}")


def half_trained(folder: Folder, loaded: list[dict], case: dict[str, Any]) -> tuple[list[str], str]:
    """A state beside the outputs of a training job, as a kill leaves it."""
    words, _ = reader(loaded, "base", "prepared/digits-8px.pt")
    option = {name: words[words.index(name) + 1] for name in ("--spec", "--checkpoint", "--data")}
    inputs = [folder / option["--data"].partition("=")[2]]
    output = Path(option["--checkpoint"])
    state = Resume.of_job(output, json.loads(option["--spec"]), inputs).state_path
    (folder / str(state)).parent.mkdir()
    torch.save({"identity": "another", "step": 1, "losses_bytes": 0, "progress": {}}, folder / str(state))
    return words, str(state)


def sign(path: Path) -> None:
    """Make the lineage of a damaged file say that its job left it so."""
    for record in bad_files.records(path):
        made = json.loads(record.read_text())
        made["outputs"][path.name] = digest(path)
        record.write_text(json.dumps(made))


def test_an_edited_file_is_refused_by_name(folder: Folder, loaded: list[dict]):
    for job, name in (("evaluate", "finetune/seed0/task1/checkpoint.pt"), ("claims", "small/quality.csv")):
        words, file = reader(loaded, job, name)
        whole = (folder / file).read_bytes()
        bad_files.damage(folder / file, how="half")
        status, said = run(folder.path, job, words)
        (folder / file).write_bytes(whole)
        assert status == 1 and said.startswith(f"error: {file}: not as its job left it: edited or damaged"), said


@pytest.mark.parametrize("case", DAMAGED, ids=lambda case: case["name"])
def test_files_on_the_way(folder: Folder, loaded: list[dict], case: dict[str, Any]):
    job = case["job"]
    if case["file"] == ".resume":
        words, file = half_trained(folder, loaded, case)
    elif job == "inception":
        words, _ = reader(loaded, "reference", "prepared/digits-8px.pt")
        at = words.index("--spec")
        spec = {**json.loads(words[at + 1]), "extractor": "inception"}
        job, file = "reference", case["file"]
        words = [*words[:at], "--spec", json.dumps(spec), *words[at + 2 :], "--inception-weights", file]
        (folder / file).write_bytes(b"weights")
    else:
        words, file = reader(loaded, job, case["file"])
    whole = {path: path.read_bytes() for path in (folder / file, *bad_files.records(folder / file))}
    bad_files.damage(folder / file, **case["with"])
    sign(folder / file)
    before = folder.hashes("results/**/*", "data/**/*")
    status, said = run(folder.path, job, words)
    after = folder.hashes("results/**/*", "data/**/*")
    for path, content in whole.items():
        path.write_bytes(content)
    for left in folder.path.glob("results/**/.resume-*"):
        shutil.rmtree(left, ignore_errors=True)
        left.unlink(missing_ok=True)
    assert_says(case, file, status, said, folder.path)
    locks = {name for name in after if name.endswith("/.resume-lock")}
    assert {name: after[name] for name in after if name not in locks} == before
