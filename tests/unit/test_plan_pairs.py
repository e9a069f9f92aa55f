"""Streams of tasks that translate, and what planning says where something does not fit."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from data_files import picture, pixels, write_folder

from mneme.catalogue.catalogue import merge
from mneme.errors import UserError
from mneme.plan.check import check_stream
from mneme.plan.check_tasks import check_same, check_tasks
from mneme.plan.jobs import classifier, prepare, reference
from mneme.plan.jobs.training import job as train_job
from mneme.plan.methods import contract
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of

ROOT = Path(__file__).parents[2]
FILE = {"path": "a/b.tar", "checksum": f"sha256:{'0' * 64}", "mirrors": ["https://example.org/"]}
FOLDER = {"format": "image_folder", "files": {"images": FILE}}
DATASETS = {
    "pairs": {**FOLDER, "direction": "left_to_right", "flip": True},
    "two": {**FOLDER, "given": "photo", "target": "art"},
    "photos": {**FOLDER, "classes": ["photo"], "flip": True, "channels": 1},
    "art": {**FOLDER, "classes": ["art"], "flip": False, "channels": 1},
}
CONFIG = {"tier": "smoke", "experiments": ["gan_memory_digits"], "catalogue": {"datasets": DATASETS}}


def planned(overlay: dict | None = None, **stream) -> Plan:
    streams = {"streams": {"s": {"size": 16, "tasks": [{"name": "a"}], **stream}}}
    return Plan(merge(merge(deepcopy(CONFIG), {"catalogue": streams}), overlay or {}), ROOT)


def checked(overlay: dict | None = None, **stream):
    plan = planned(overlay, **stream)
    check_stream(plan, stream_of(plan, "s"))
    return stream_of(plan, "s")


@pytest.mark.parametrize(
    "task, kind, given, flip",
    [
        ({"dataset": "pairs"}, "paired", "pairs", True),
        ({"dataset": "two"}, "unpaired", "two", False),
        ({"dataset": "art", "given": "photos"}, "unpaired", "photos", False),
        ({"dataset": "digits_outlined"}, "paired", "digits_outlined", False),
        ({"dataset": "digits"}, "label", "", False),
    ],
)
def test_the_kind_of_a_task(task, kind, given, flip):
    (made,) = checked(tasks=[{"name": "a", **task}])
    assert (made.kind, made.given, made.flip) == (kind, given, flip)


def test_data_of_a_task_holds_what_is_given():
    plan = planned(tasks=[{"name": "a", "dataset": "art", "given": "photos"}], load_size=20)
    job = train_job(plan, "s", "joint", 0, list(stream_of(plan, "s")), {}, {})
    trained = {name: file.path for name, file in job.inputs["data"].items()}
    assert trained == {"art": "data/prepared/art-20to16px.pt", "photos": "data/prepared/photos-20to16px.pt"}
    measured = reference.job(plan, "s", 1, "classifier").inputs["data"]
    assert {name: file.path for name, file in measured.items()} == {
        "art": "data/prepared/art-16px.pt", "photos": "data/prepared/photos-16px.pt"
    }  # fmt: skip
    assert json.loads(classifier.of_stream(plan, "s").text)["datasets"] == ["art"], "targets only"


def test_a_size_in_a_name_is_the_job_of_that_name():
    plan = planned(dataset="pairs", load_size=20)
    spec = json.loads(prepare.job(plan, "pairs", "20to16").text)
    assert (spec["size"], spec["load_size"], spec["direction"]) == (16, 20, "left_to_right")
    assert prepare.size_of(16, 16) == prepare.size_of(16) == "16"
    assert json.loads(prepare.job(plan, "pairs", "16").text)["load_size"] is None


def datasets(**entries) -> dict:
    return {"catalogue": {"datasets": entries}}


@pytest.mark.parametrize(
    "overlay, stream, sentence",
    [
        (datasets(pairs={"direction": "left_to_rihgt"}), {"dataset": "pairs"},
         "'direction: left_to_rihgt' must be one of left_to_right, right_to_left, left, right (did you mean "
         "'left_to_right'?)"),
        ({}, {"tasks": [{"name": "a", "dataset": "pairs"}, {"name": "b", "dataset": "digits"}]},
         "s of your config: task 'a' translates given images and task 'b' does not; put them into two streams"),
        ({}, {"dataset": "pairs", "source": {"dataset": "digits"}},
         "'source:' trains a base GAN, which cannot translate given images as task 'a' asks; leave the source out"),
        ({}, {"dataset": "pairs", "base": "published", "size": 256},
         "base: published: no base GAN can translate given images as task 'a' asks; leave it out"),
        ({}, {"tasks": [{"name": "a", "dataset": "pairs", "given": "photos"}]},
         "tasks.0: given: photos, but dataset pairs has given images of its own; leave one out"),
        ({}, {"tasks": [{"name": "a", "dataset": "art", "given": "fotos"}]},
         "tasks.0: given: unknown dataset 'fotos' (did you mean 'photos'?)"),
        ({}, {"tasks": [{"name": "a", "dataset": "art", "given": "art"}]},
         "tasks.0: given: art is the dataset of the targets too; name another, or one of pairs"),
        ({}, {"dataset": "pairs", "load_size": 12},
         "load_size: 12 is less than size: 16, which is cut out of it; change one of the two"),
        ({}, {"dataset": "digits", "size": 16, "load_size": 20, "hold_out": False},
         "hold_out: false trains on test images, which have no margin to cut as load_size: 20 asks; leave one out"),
        ({}, {"dataset": "pairs", "hold_out": False},
         "hold_out: false trains on test images, which task 'a' is asked to translate; leave it out"),
        ({}, {"dataset": "digits", "size": 18}, "'size: 18' must be a multiple of 4, from 8 on"),
        (datasets(pairs={"given": "x", "target": "y"}), {"dataset": "pairs"},
         "pairs of your config: direction: and given: both say which images are given; leave one out"),
        (datasets(two={"target": []}), {"dataset": "two"},
         "two of your config: given: without target:, the folder of the other side; add it"),
        (datasets(art={"paired": True}), {"dataset": "art"},
         "art of your config: paired: without given:, the folder of the other side; add it"),
        (datasets(two={"target": "photo"}), {"dataset": "two"},
         "two of your config: folder 'photo' cannot be on two sides or in two splits; name it once"),
        (datasets(art={"test_take": [1, 2]}), {"dataset": "art"},
         "art of your config: test_take: without take:, the pictures to train on; add it"),
        (datasets(digits={"direction": "left_to_right"}), {"dataset": "digits"},
         "direction: is for 'format: image_folder', not for digits; leave it out"),
        (datasets(art={"files": {"images": {"mirrors": []}}}), {"dataset": "art"},
         "art of your config: a/b.tar is not published; put it at FOLDER/a/b.tar and set mirror: FOLDER in your "
         "config, or set catalogue.datasets.art.path to pictures of your own"),
    ],
)  # fmt: skip
def test_what_does_not_fit(overlay, stream, sentence):
    with pytest.raises(UserError) as caught:
        checked(overlay, **stream)
    assert str(caught.value).endswith(sentence)


@pytest.mark.parametrize("there", ["data/downloads/a/b.tar", "data/prepared/art-16px.pt"])
def test_a_file_that_is_not_published_may_be_there(tmp_path, monkeypatch, there):
    alone = datasets(art={"files": {"images": {"mirrors": []}}})
    checked({**alone, "mirror": "/somewhere"}, dataset="art")
    monkeypatch.chdir(tmp_path)
    (tmp_path / there).parent.mkdir(parents=True)
    (tmp_path / there).touch()
    checked(alone, dataset="art")


def test_sides_of_a_users_own_folder_are_counted_while_planning(tmp_path):
    images = [picture(x) for x in pixels(12, 8, 8)]
    names = [*(f"edges/{i}.png" for i in range(12)), *(f"photos/{i}.png" for i in range(11))]
    source = write_folder(tmp_path / "mine", dict(zip(names, 2 * images, strict=False)))
    mine = {"format": "image_folder", "path": str(source), "given": "edges", "target": "photos", "paired": True}
    with pytest.raises(UserError, match=r"'edges/11\.png' has no partner of the same name on the other side"):
        checked(datasets(mine=mine), dataset="mine")
    with pytest.raises(UserError, match=r"target: no picture lies in a folder 'photo' \(did you mean 'photos'\?\)"):
        checked(datasets(mine={**mine, "target": "photo"}), dataset="mine")


def test_a_method_of_labels_on_a_stream_of_pairs_and_the_reverse():
    plan = planned(dataset="pairs")
    known, pairs = contract(plan, "mergan_ra"), stream_of(plan, "s")
    with pytest.raises(UserError) as caught:
        check_tasks(known, "mergan_ra", pairs, "here")
    assert str(caught.value) == (
        "here: mergan_ra learns images that are asked for by a label, but those of task 'a' of stream 's' are asked "
        "for by a given image of a pair; leave the method out, or choose another stream"
    )
    labels, translator = stream_of(plan, "digits"), {**known, "TAKES": ("paired", "unpaired")}
    check_tasks(translator, "full", pairs, "here")
    with pytest.raises(
        UserError, match=r"full learns images .* but those of task '.*' are asked for by a label; leave"
    ):
        check_tasks(translator, "full", labels, "here")


def test_same_names_settings_that_there_are():
    with pytest.raises(
        UserError, match=r"^method mine: SAME: 'widht' is none of its settings \(did you mean 'width'\?\)"
    ):
        check_same({"SAME": ("steps", "widht")}, "mine", [{"steps": 4, "width": 2}], "here")


def test_a_size_that_networks_do_not_make():
    plan = planned(dataset="digits", size=12)
    with pytest.raises(UserError) as caught:
        check_tasks(contract(plan, "mergan_ra"), "mergan_ra", stream_of(plan, "s"), "here", ["acgan"])
    assert str(caught.value) == (
        "here: the networks of mergan_ra with 'network: acgan' make images of 8, 16, 32, 64 px, not of 12 px as stream "
        "'s' asks; change its "
        "'size:', or leave the method out"
    )
