"""The streams of Hyper-LifelongGAN, on small archives laid out as the published ones are."""

import json
from pathlib import Path

import numpy as np
import pytest
from data_files import picture, pixels, write_tar, write_zip

from mneme.data.load import load
from mneme.data.prepare import prepare
from mneme.errors import UserError
from mneme.files import save
from mneme.plan.check import checked_plan
from mneme.plan.jobs import download
from mneme.plan.jobs import prepare as jobs
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of

ROOT = Path(__file__).parents[2]
PAIRS = {  # archive -> folder -> names of pictures, and which half is given
    "cityscapes": ({"train": "{}.jpg", "val": "{}.jpg"}, "right"),
    "maps": ({"train": "{}.jpg", "val": "{}.jpg"}, "right"),
    "facades": ({"train": "{}.jpg", "val": "{}.jpg", "test": "{}.jpg"}, "right"),
    "edges2handbags": ({"train": "{}_AB.jpg", "val": "{}_AB.jpg"}, "left"),
}
TESTED = {"facades": "test"}
SHADES = {"left": 200, "right": 60}


def pair(seed: int) -> bytes:
    """A JPEG of 48 x 24: a light half and a dark one, with a little noise."""
    noise = pixels(24, 48, 3, seed=seed) // 16
    base = np.full((24, 48, 3), SHADES["right"], np.uint8)
    base[:, :24] = SHADES["left"]
    return picture(base + noise, "JPEG")


def archive(folder: Path, name: str) -> Path:
    """As pix2pix packs it: NAME/train/1.jpg, a folder around everything."""
    files = {}
    for k, (split, names) in enumerate(PAIRS[name][0].items()):
        files |= {f"{name}/{split}/{names.format(i + 1)}": pair(100 * k + i) for i in range(10 - 2 * k)}
    return write_tar(folder / f"{name}.tar.gz", files, mode="w:gz")


def planned(monkeypatch, tmp_path, experiment: str, **paths: Path) -> Plan:
    monkeypatch.chdir(tmp_path)
    datasets = {name: {"path": str(path)} for name, path in paths.items()}
    return checked_plan({"tier": "paper", "experiments": [experiment], "catalogue": {"datasets": datasets}}, ROOT)


def prepared(plan: Plan, dataset: str, source, size: int = 8) -> dict:
    spec = json.loads(jobs.job(plan, dataset, "143to128").text)
    assert (spec["size"], spec["load_size"]) == (128, 143)
    return prepare({**spec, "size": size, "load_size": size + 1}, source)


def test_the_four_tasks_of_pairs(tmp_path, monkeypatch):
    sources = {name: archive(tmp_path, name) for name in PAIRS}
    plan = planned(monkeypatch, tmp_path, "hyper_pairs", **sources)
    stream = stream_of(plan, "hyper_pairs")
    assert [(task.dataset, task.kind, task.flip) for task in stream] == [(name, "paired", True) for name in PAIRS]
    paths = {}
    for name, (folders, given) in PAIRS.items():
        found = prepared(plan, name, sources[name])
        place = list(folders).index(TESTED.get(name, "val"))
        assert found["x_train"].shape == found["a_train"].shape == (10, 3, 9, 9)
        assert found["x_test"].shape == (10 - 2 * place, 3, 8, 8)
        assert found["a_test"].float().mean() == pytest.approx(SHADES[given] + 8, abs=6)
        target = "left" if given == "right" else "right"
        assert found["x_test"].float().mean() == pytest.approx(SHADES[target] + 8, abs=6)
        save(paths.setdefault(name, tmp_path / f"{name}.pt"), found)
    last = load(stream[3], "train", paths, 3)
    assert last["y"].unique().tolist() == [3] and len(last["a"]) == 10


@pytest.fixture
def sets(tmp_path):
    """As CycleGAN packs them: NAME/trainA/*.jpg are paintings, trainB photographs; both archives have the same ones."""
    photos = {f"trainB/2014-{i:02}.jpg": pixels(16, 16, 3, seed=i) // 2 for i in range(20)}
    photos |= {f"testB/2014-{i:02}.jpg": pixels(16, 16, 3, seed=i) // 2 for i in range(50, 57)}
    found = {}
    for k, (name, counts) in enumerate({"monet2photo": (12, 4), "ukiyoe2photo": (9, 6)}.items()):
        paintings = {
            f"{folder}/{i:05}.jpg": pixels(16, 16, 3, seed=1000 * k + i) // 2 + 60 + 60 * k
            for folder, count in zip(("trainA", "testA"), counts, strict=True)
            for i in range(count)
        }
        files = {f"{name}/{path}": picture(image, "JPEG") for path, image in {**paintings, **photos}.items()}
        found[name] = write_zip(tmp_path / f"{name}.zip", files)
    return found


def test_the_two_styles_share_photographs(tmp_path, monkeypatch, sets):
    plan = planned(monkeypatch, tmp_path, "hyper_sets")
    stream = stream_of(plan, "hyper_sets")
    assert [(task.dataset, task.given, task.kind) for task in stream] == [
        ("monet", "photographs", "unpaired"),
        ("ukiyoe", "photographs", "unpaired"),
    ]
    archives = {"monet": "monet2photo", "ukiyoe": "ukiyoe2photo", "photographs": "monet2photo"}
    paths = {}
    for name, source in archives.items():
        files = jobs.job(plan, name, "128").inputs["files"]
        assert Path(files["images"].path).name == f"{source}.zip"
        save(paths.setdefault(name, tmp_path / f"{name}.pt"), prepared(plan, name, {"images": sets[source]}))
    first, second = (load(task, "train", paths, 3) for task in stream)
    assert (len(first["x"]), len(second["x"])) == (12, 9)
    assert len(first["a"]) == 20 and (first["a"] == second["a"]).all(), "prepared once"
    tests = [load(task, "test", paths, 3) for task in stream]
    assert [len(test["x"]) for test in tests] == [4, 6] and [len(test["a"]) for test in tests] == [7, 7]
    assert first["x"].float().mean() + 40 < second["x"].float().mean()


def test_checksums_are_those_published(tmp_path, monkeypatch):
    """Of CycleGAN's archives, as TensorFlow Datasets states them; of pix2pix's none is, so that nothing is fetched."""
    plan = planned(monkeypatch, tmp_path, "hyper_sets")
    known = {"monet2photo": "88f91b00fc22", "ukiyoe2photo": "02a2a2fb5ecf"}
    for name, start in known.items():
        job = download.job(plan, f"cyclegan/{name}.zip")
        assert job.spec.checksum.startswith(f"sha256:{start}") and "none stated" in job.options["licence"]
        assert len(job.options["mirrors"]) == 2
    with pytest.raises(UserError, match=r"cityscapes: register at .*cityscapes-dataset\.com"):
        planned(monkeypatch, tmp_path, "hyper_pairs")
    sources = {name: archive(tmp_path, name) for name in ("cityscapes", "facades", "edges2handbags")}
    with pytest.raises(
        UserError, match=r"maps: get http://.*maps\.tar\.gz .*no checksum is published.*datasets\.maps\.path"
    ):
        planned(monkeypatch, tmp_path, "hyper_pairs", **sources)
