"""The streams of GAN Memory's sections 5.1 to 5.3, on small files laid out as the real ones are."""

import json
from pathlib import Path

import pytest
import torch
import yaml
from data_files import coloured, picture, pixels, write_folder, write_tar, write_zip

from mneme.data import image_files as module
from mneme.data.load import load
from mneme.data.prepare import prepare
from mneme.errors import UserError
from mneme.files import save
from mneme.plan.check import checked_plan
from mneme.plan.jobs import prepare as jobs
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of

ROOT = Path(__file__).parents[2]
STREAMS = ROOT / "config/streams"
BUTTERFLIES = ["n02276258", "n02279972", "n02277742", "n02280649", "n02281406", "n02281787"]
GROUPS = {  # the released answer, with beetles for its insects
    "fish": "n01440764 n01443537 n01484850 n01491361 n01494475 n01496331",
    "bird": "n01530575 n01531178 n01532829 n01534433 n01537544 n01558993",
    "snake": "n01728572 n01728920 n01729322 n01729977 n01734418 n01735189",
    "dog": "n02086079 n02086240 n02086646 n02086910 n02087394 n02088466",
    "butterfly": "n02276258 n02277742 n02279972 n02280649 n02281406 n02281787",
    "insect": "n02165105 n02165456 n02167151 n02168699 n02169497 n02172182",
}
SYNSETS = [synset for group in GROUPS.values() for synset in group.split()]


def synset_folders(root: Path, synsets, n: int = 26) -> Path:
    """As ILSVRC2012_img_train.tar unpacks: n01440764/n01440764_10026.JPEG; each class has a grey of its own."""
    for k, synset in enumerate(synsets):
        files = {
            f"{synset}/{synset}_{10000 + i}.JPEG": picture(pixels(9, 12, 3, seed=1) // 64 + 5 * k, "JPEG")
            for i in range(n)
        }
        write_folder(root, files)
    return root


def planned(tmp_path, monkeypatch, experiment, **paths) -> Plan:
    monkeypatch.chdir(tmp_path)
    datasets = {name: {"path": str(path)} for name, path in paths.items()}
    return checked_plan({"tier": "paper", "experiments": [experiment], "catalogue": {"datasets": datasets}}, ROOT)


def spec_of(plan: Plan, dataset: str) -> dict:
    """The spec of the job that prepares a dataset at 256 px."""
    return json.loads(jobs.job(plan, dataset, 256).text)


def test_classes_are_taken_out_of_a_folder_of_many(tmp_path, monkeypatch):
    """36 of the thousand are read; the rest is neither listed nor opened, and need not even be sound."""
    source = synset_folders(tmp_path / "train", SYNSETS)
    write_folder(source, {"n02123045/n02123045_1.JPEG": b"not a picture", "n02129165/n02129165_1.JPEG": b""})
    plan = planned(tmp_path, monkeypatch, "gan_memory_butterflies", imagenet=source)
    assert [task.classes for task in stream_of(plan, "butterflies_6")] == [
        (SYNSETS.index(name),) for name in BUTTERFLIES
    ]
    spec = spec_of(plan, "imagenet")
    prepared = prepare({**spec, "size": 8}, source)
    assert prepared["classes"] == SYNSETS
    assert prepared["x_train"].shape == (36 * 24, 3, 8, 8) and prepared["x_test"].shape == (36 * 2, 3, 8, 8)
    save(tmp_path / "imagenet.pt", prepared)
    files = {"imagenet": tmp_path / "imagenet.pt"}
    monarchs = load(stream_of(plan, "butterflies_6")[1], "train", files, 3)
    mine = SYNSETS.index("n02279972")
    of_class = [prepared[f"x_{part}"][prepared[f"y_{part}"] == mine] for part in ("train", "test")]
    assert len(monarchs["x"]) == 26 and torch.equal(monarchs["x"], torch.cat(of_class))  # trained on all
    assert monarchs["y"].unique().tolist() == [1]


def test_a_missing_class_folder_is_said_while_planning(tmp_path, monkeypatch):
    source = synset_folders(tmp_path / "train", SYNSETS[:-1], 2)
    with pytest.raises(UserError, match=r"train has no class folder 'n02172182'; add it, or correct the path"):
        planned(tmp_path, monkeypatch, "gan_memory_butterflies", imagenet=source)


def test_what_is_not_asked_for_is_not_hashed(tmp_path, monkeypatch):
    source = synset_folders(tmp_path / "train", SYNSETS, 2)
    before = spec_of(planned(tmp_path, monkeypatch, "gan_memory_butterflies", imagenet=source), "imagenet")
    write_folder(source, {"n02123045/n02123045_1.JPEG": coloured(1)[0]})
    again = spec_of(planned(tmp_path, monkeypatch, "gan_memory_butterflies", imagenet=source), "imagenet")
    write_folder(source, {"n01440764/n01440764_1.JPEG": coloured(1)[0]})
    more = spec_of(planned(tmp_path, monkeypatch, "gan_memory_butterflies", imagenet=source), "imagenet")
    assert before == again != more


@pytest.mark.parametrize("write, name", [(write_tar, "set.tar"), (write_zip, "set.zip")])
def test_archives_are_chosen_from_too(tmp_path, write, name):
    files = {f"{synset}/{i}.png": content for synset in "abc" for i, content in enumerate(coloured(2))}
    assert module.list_images(write(tmp_path / name, files), ["a", "c"]) == ["a/0.png", "a/1.png", "c/0.png", "c/1.png"]


def test_the_streams_have_the_published_classes_in_the_published_order():
    streams = {
        name: yaml.safe_load((STREAMS / f"{name}.yaml").read_text()) for name in ("imagenet_6x6", "perceptual_6")
    }
    tasks = {task["name"]: task["classes"] for task in streams["imagenet_6x6"]["tasks"]}
    assert tasks == {name: group.split() for name, group in GROUPS.items()} and list(tasks) == list(GROUPS)
    names = ["flowers", "cathedrals", "cats", "brain_tumour", "chest_xray", "anime"]
    assert [task["dataset"] for task in streams["perceptual_6"]["tasks"]] == names
    assert {stream["size"] for stream in streams.values()} == {256}


LAYOUTS = {  # as they are published
    "cathedrals": "c/cathedral/outdoor/{:08}.jpg",
    "cats": "CAT_DATASET/CAT_00/00000001_{:03}.jpg",
    "brain_tumour": "{}.png",
    "chest_xray": "chest_xray/train/NORMAL/IM-0115-{:04}.jpeg",
    "anime": "hatsune_miku/face_0_{}.png",
}


@pytest.mark.parametrize("dataset", LAYOUTS)
def test_all_pictures_of_a_set_are_one_class_however_deep_they_lie(dataset, tmp_path, monkeypatch):
    files = {LAYOUTS[dataset].format(i): content for i, content in enumerate(coloured(10))}
    if dataset == "chest_xray":
        files |= {"chest_xray/test/PNEUMONIA/person1_virus_6.jpeg": coloured(1, seed=5)[0]}
    if dataset == "cats":
        files |= {f"{name}.cat": b"9 175 160" for name in files}
    source = write_folder(tmp_path / "set", files)
    every = {name: source for name in LAYOUTS}
    plan = planned(tmp_path, monkeypatch, "gan_memory_perceptual", **every)
    prepared = prepare({**spec_of(plan, dataset), "size": 8}, source)
    held_out = 1 if dataset == "chest_xray" else 2
    assert prepared["classes"] == [dataset]
    assert (len(prepared["x_train"]), len(prepared["x_test"])) == (10 if held_out == 1 else 8, held_out)
    assert prepared["x_train"].shape[1] == (1 if dataset in ("brain_tumour", "chest_xray") else 3)
    assert torch.equal(prepared["y_train"], torch.zeros_like(prepared["y_train"]))


@pytest.mark.parametrize("dataset", ["cathedrals", "cats", "brain_tumour", "chest_xray", "anime"])
def test_planning_says_where_to_get_what_cannot_be_fetched(dataset, tmp_path, monkeypatch):
    source = write_folder(tmp_path / "set", {f"{i}.png": content for i, content in enumerate(coloured(10))})
    others = {name: source for name in LAYOUTS if name != dataset}
    with pytest.raises(UserError) as caught:
        planned(tmp_path, monkeypatch, "gan_memory_perceptual", **others)
    sentence = str(caught.value)
    assert sentence.startswith(f"config/datasets.yaml: {dataset}: ") and "https://" in sentence.replace(
        "http:", "https:"
    )
    assert sentence.endswith(f"; then set catalogue.datasets.{dataset}.path in your config to where they are")
