"""Whatever a user gets wrong: one sentence that names the place and the fix, an exit status, nothing lost."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from bad_files import MARK
from flow import CONFIG, Folder, Run
from PIL import Image
from small import ARCHIVE

from mneme.catalogue.catalogue import merge

CASES = yaml.safe_load(Path(__file__).with_name("bad_input.yaml").read_text())
STREAM = "results/smoke/small"


def assert_says(run: Run, sentence: str) -> None:
    assert run.status != 0
    said = run.text.partition(" failed job")[0]  # the table of failures at the end says it again
    assert said.count(sentence) == 1, f"not said once: {sentence}\n\n{run.text}"
    assert "Traceback" not in run.text


@pytest.fixture(scope="module")
def refused(finished: Folder, tmp_path_factory) -> Folder:
    """The finished run, for commands that must not get as far as a job."""
    return finished.clone(tmp_path_factory.mktemp("refused") / "mneme")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_refused_before_the_first_job(refused: Folder, case: dict[str, Any]):
    files = {name: (refused / name).read_bytes() for name in (CONFIG, case.get("file", CONFIG))}
    refused.configure(lambda config: config.update(merge(config, case.get("config", {}))))
    if "file" in case:
        (refused / case["file"]).write_bytes(case["text"].encode("latin-1"))
    run = refused.fork("--dry-run")
    for name, content in files.items():
        (refused / name).write_bytes(content)
    assert_says(run, case["says"])
    assert not run.jobs and not (refused / MARK).exists()


def test_no_yaml(refused: Folder):
    before = (refused / CONFIG).read_text()
    (refused / CONFIG).write_text("seeds: [0\n")
    run = refused.fork("--dry-run")
    (refused / CONFIG).write_text(before)
    assert run.status != 0 and "not valid JSON or YAML" in run.text


# ---- what only a job can find out ------------------------------------------------------------------------------------


def pictures(folder: Folder, per_class: int) -> None:
    for label, number in (("cat", 20), ("dog", per_class)):
        (folder / f"pictures/{label}").mkdir(parents=True)
        for index in range(number):
            Image.new("L", (8, 8), index).save(folder / f"pictures/{label}/{index}.png")


def cut(name: str, size: int) -> Callable[[Folder], None]:
    def edit(folder: Folder) -> None:
        (folder / name).write_bytes((folder / name).read_bytes()[:size])

    return edit


def shapes(**file: Any) -> dict[str, Any]:
    return {"catalogue": {"datasets": {"shapes": {"files": {"images": file}}}}}


MINE = {"catalogue": {"datasets": {"mine": {"format": "image_folder", "path": "pictures"}}}}
DOWNLOADED, PREPARED = f"data/downloads/{ARCHIVE}", "data/prepared/shapes-8px.pt"
NOWHERE = f"error: {ARCHIVE} of dataset shapes: not to be had from any mirror"
FIRST, SECOND = (f"{STREAM}/gan_memory/seed0/task{task}/checkpoint.pt" for task in (1, 2))
EVALUATION = f"{STREAM}/gan_memory/seed0/task1/evaluation.json"

JOBS: dict[str, tuple[Callable[[Folder], Any], dict[str, Any], str, str]] = {
    "too few images": (
        lambda folder: pictures(folder, 3),
        MINE,
        "data/prepared/mine-8px.pt",
        "error: dataset mine, class dog: 3 training images, fewer than min_images: 8; add images, leave the class out, "
        "or lower min_images",
    ),
    "no picture": (
        lambda folder: [pictures(folder, 20), (folder / "pictures/cat/0.png").write_bytes(b"\x89PNG no picture")],
        MINE,
        "data/prepared/mine-8px.pt",
        "error: pictures: 'cat/0.png'",
    ),
    "a truncated archive": (
        cut(DOWNLOADED, 40_000),
        {},
        PREPARED,
        f"error: {DOWNLOADED}: not as its job left it: edited or damaged; delete it and run snakemake again",
    ),
    "a truncated mirror": (
        lambda folder: [(folder / DOWNLOADED).unlink(), cut(f"mirror/{ARCHIVE}", 40_000)(folder)],
        {},
        DOWNLOADED,
        f"{NOWHERE} (mirror/{ARCHIVE}: wrong checksum, expected",
    ),
    "a wrong checksum": (
        lambda folder: None,
        shapes(checksum=f"sha256:{'0' * 64}"),
        PREPARED,
        f"{NOWHERE} (mirror/{ARCHIVE}: wrong checksum, expected",
    ),
    "a dead mirror": (
        lambda folder: (folder / DOWNLOADED).unlink(),
        {"mirror": None, **shapes(mirrors=["http://127.0.0.1:9/"])},
        DOWNLOADED,
        f"{NOWHERE} (http://127.0.0.1:9/shapes.tar: [Errno 111] Connection refused); put the file at "
        f"FOLDER/{ARCHIVE} and set mirror: FOLDER in config.yaml",
    ),
    "a checkpoint of another spec": (
        lambda folder: shutil.copy(folder / SECOND, folder / FIRST),
        {},
        EVALUATION,
        f"error: {FIRST}: not as its job left it: edited or damaged; delete it and run snakemake again",
    ),
    "a truncated checkpoint": (
        cut(FIRST, 1000),
        {},
        EVALUATION,
        f"error: {FIRST}: not as its job left it: edited or damaged; delete it and run snakemake again",
    ),
    "a GPU that is not there": (
        lambda folder: [path.unlink() for path in folder.path.glob("results/smoke/classifiers/*.pt")],
        {"device": "cuda"},
        "results/smoke/classifiers/digits+shapes-8px-1ch.pt",
        "sees no CUDA device here; set device: auto or cpu",
    ),
}


@pytest.mark.parametrize("name", JOBS)
def test_said_by_the_job(fresh: Folder, name: str):
    edit, config, target, sentence = JOBS[name]
    fresh.configure(lambda values: values.update(merge(values, config)))
    edit(fresh)
    before = fresh.hashes("results/**/*", "data/**/*")
    run = fresh.run(
        target, CUDA_VISIBLE_DEVICES="99" if "device" in config else ""
    )  # planning sees one, torch does not
    assert_says(run, sentence)
    lost = before.items() - fresh.hashes("results/**/*", "data/**/*").items()
    assert {path for path, _ in lost if not path.endswith(".lineage.json")} <= {
        DOWNLOADED,
        PREPARED,
        EVALUATION,
        f"{STREAM}/gan_memory/seed0/task1/samples.pt",
    }


def test_the_advice_helps(fresh: Folder):
    """A bad checkpoint, deleted as told, is trained again to the same bytes."""
    before = fresh.hashes(f"{STREAM}/gan_memory/**/*.pt", EVALUATION)
    (fresh / FIRST).unlink()
    run = fresh.run(FIRST, EVALUATION)
    assert run.status == 0 and run.jobs == {"train gan_memory/0/1", "evaluate gan_memory/0/1"}
    assert fresh.hashes(f"{STREAM}/gan_memory/**/*.pt", EVALUATION) == before


def test_a_full_disk(fresh: Folder):
    """Files of 64 KiB at most stand in for a disk that is nearly full."""
    shutil.rmtree(fresh / "data/prepared")
    run = fresh.run("data/prepared/digits-8px.pt", largest_file=64 * 1024)
    assert_says(
        run, "error: data/prepared/digits-8px.pt: cannot be written (File too large); free space or fix the permissions"
    )
    assert not list(fresh.path.glob("data/prepared/*"))
