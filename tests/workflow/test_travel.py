"""Results that were copied: nothing is made again without a reason, and what does not match is refused by name."""

import os
import random
import shutil
from pathlib import Path

import pytest
from flow import Folder
from PIL import Image
from small import AGGREGATES, chain
from test_reruns import CASES

FINETUNE = chain("finetune", 1, 2) | {"sizes"} | AGGREGATES


@pytest.fixture
def copied(finished: Folder, tmp_path: Path) -> Folder:
    """A fresh checkout elsewhere with the results copied into it: no records of Snakemake, times in no order, and the
    files are somebody else's."""
    folder = Folder.from_checkout(tmp_path / "a/new/place")
    for name in ("results", "data", "mirror", "small.yaml"):
        source = finished / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    chance = random.Random(0)
    for path in folder.path.rglob("*"):
        moment = 1_600_000_000 + chance.randrange(100_000_000)
        os.utime(path, (moment, moment))
        if os.getuid() == 0:
            os.chown(path, 12345, 12345)
    return folder


def test_a_copy_without_records_or_times_makes_nothing_again(copied: Folder):
    before = copied.hashes("results/**/*", "data/**/*")
    assert copied.plan() == set()
    assert copied.hashes("results/**/*", "data/**/*") == before and not list(copied.path.glob(".snakemake/metadata/*"))


@pytest.mark.parametrize("name", ["a setting of one method", "the fine-tuning module", "a file format", "a claim"])
def test_an_edit_in_a_copy_plans_exactly(copied: Folder, name: str):
    edit, expected = CASES[name]
    edit(copied)
    assert copied.plan() == expected


def test_two_changes_of_a_copy_are_told_apart(copied: Folder):
    copied.append("src/mneme/methods/gan_memory/finetune.py", "\nEDITED = True\n")
    text = copied.fork("--dry-run").text
    assert "changed/code" in text and "changed/settings" not in text


def test_a_result_without_its_lineage_is_made_again(copied: Folder):
    (copied / "results/smoke/small/finetune/seed0/task2/train.lineage.json").write_text("{", encoding="utf-8")
    assert copied.plan() == chain("finetune", 2) | {"sizes"} | AGGREGATES


@pytest.mark.parametrize(
    ("edited", "reader"),
    [
        ("results/smoke/tables/small/quality.csv", "results/smoke/figures/small/heatmaps.png"),
        ("results/smoke/tables/small/quality.csv", "results/smoke/claims/small.json"),
        ("results/smoke/small/finetune/seed0/task2/evaluation.json", "results/smoke/tables/small/quality.csv"),
        (
            "results/smoke/small/finetune/seed0/task1/checkpoint.pt",
            "results/smoke/small/finetune/seed0/task2/losses.jsonl",
        ),
    ],
)
def test_an_edited_file_is_refused_by_name(copied: Folder, edited: str, reader: str):
    content = bytearray((copied / edited).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / edited).write_bytes(content)
    (copied / reader).unlink()
    run = copied.run(reader)
    assert run.status != 0, run.text
    assert f"error: {edited}: not as its job left it: edited or damaged; delete it and run snakemake again" in run.text


def test_results_of_another_job_are_refused_by_name(copied: Folder):
    """As after copying single files from another run."""
    task1, task2 = (copied / f"results/smoke/small/finetune/seed0/task{task}" for task in (1, 2))
    for name in ("checkpoint.pt", "train.lineage.json"):
        shutil.copy(task2 / name, task1 / name)
    assert {"train finetune/0/1", "evaluate finetune/0/1"} <= copied.plan()


def test_a_folder_of_own_pictures_that_moved_makes_nothing_again(fresh: Folder):
    pictures = fresh / "mine"
    for label in ("bar", "cross"):
        for number in range(12):
            path = pictures / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (8, 8), 20 * number + len(label)).save(path)
    own = {"format": "image_folder", "path": str(pictures), "channels": 1}
    fresh.configure(lambda config: config["catalogue"]["datasets"].update(shapes=own))
    run = fresh.run("data/prepared/shapes-8px.pt")
    assert run.status == 0 and run.jobs == {"prepare shapes"}, run.text
    pictures.rename(fresh.path / "elsewhere")
    fresh.configure(lambda config: config["catalogue"]["datasets"]["shapes"].update(path=str(fresh.path / "elsewhere")))
    run = fresh.run("data/prepared/shapes-8px.pt")
    assert run.status == 0 and not run.jobs, run.text
