"""Streams from YAML: classes found, labels counted."""

from pathlib import Path

import pytest

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue
from mneme.catalogue.streams import build_stream, class_indices, datasets_of
from mneme.errors import UserError

CONFIG = Path(__file__).parents[2] / "config"
DATASETS = {
    "pets": {"format": "image_folder", "classes": ["ant", "bee", "cat"], "channels": 3, "flip": True},
    "signs": {"format": "image_folder", "classes": ["1", "2"], "channels": 1},
}
CLASSES = {name: entry["classes"] for name, entry in DATASETS.items()}


def built(**stream):
    catalogue = Catalogue({"experiments": ["x"], "catalogue": {"datasets": DATASETS, "streams": {"s": {}}}}, CONFIG)
    return build_stream("s", schema.Stream(**{"size": 8, **stream}), catalogue, CLASSES)


@pytest.mark.parametrize(
    "wanted, found",
    [(None, (0, 1, 2)), ([2, 0], (2, 0)), (["cat", "ant"], (2, 0)), (["bee", 0], (1, 0)), ([1], (1,))],
)
def test_classes_by_name_and_number(wanted, found):
    assert class_indices(wanted, CLASSES["pets"], "here") == found


def test_a_name_that_looks_like_a_number_is_a_name():
    assert class_indices(["1"], CLASSES["signs"], "here") == (0,) and class_indices([1], CLASSES["signs"], "here") == (
        1,
    )


@pytest.mark.parametrize(
    "wanted, sentence",
    [
        ([3], "here: the dataset has no class 3 (it has classes 0 to 2)"),
        ([-1], "here: the dataset has no class -1 (it has classes 0 to 2)"),
        (["bea"], "here: the dataset has no class 'bea' (did you mean 'bee'?)"),
        ([0, "ant"], "here: class 0, 'ant', is listed twice; name it once"),
    ],
)
def test_classes_that_are_not_there(wanted, sentence):
    with pytest.raises(UserError) as caught:
        class_indices(wanted, CLASSES["pets"], "here")
    assert str(caught.value) == sentence


def test_labels_count_on_along_the_stream():
    stream = built(
        dataset="pets",
        source={"classes": ["cat"]},
        tasks=[{"name": "a", "classes": [1, 0]}, {"name": "b", "dataset": "signs"}, {"name": "c", "classes": [2]}],
    )
    assert [(task.index, task.classes, task.labels) for task in stream] == [
        (1, (1, 0), (0, 1)),
        (2, (0, 1), (2, 3)),
        (3, (2,), (4,)),
    ]
    assert (stream.source.index, stream.source.classes, stream.source.labels) == (0, (2,), (0,))
    assert [task.flip for task in stream] == [True, False, True] and stream.source.flip
    assert [task.dataset for task in stream] == ["pets", "signs", "pets"]


def test_a_task_appended_leaves_the_others_as_they_are():
    tasks = [{"name": "a", "classes": [1]}, {"name": "b", "classes": [0]}]
    assert built(dataset="pets", tasks=tasks[:1]).tasks == built(dataset="pets", tasks=tasks).tasks[:1]


@pytest.mark.parametrize(
    "stream, channels",
    [
        ({"dataset": "signs"}, 1),
        ({"dataset": "pets"}, 3),
        ({"dataset": "signs", "channels": 3}, 3),
        ({"dataset": "signs", "source": {"dataset": "pets"}}, 3),
    ],
)
def test_channels(stream, channels):
    assert built(**stream, tasks=[{"name": "a"}]).channels == channels


PETS = {"dataset": "pets"}


@pytest.mark.parametrize(
    "stream, sentence",
    [
        ({**PETS, "channels": 1, "tasks": [{"name": "a"}]}, "channels: 1, but pets has colour images; set channels: 3"),
        ({**PETS, "tasks": [{"name": "a"}, {"name": "a"}]}, "two tasks are called 'a'; rename one"),
        (
            {**PETS, "tasks": [{"name": "a", "classes": [9]}]},
            "tasks.0.classes: the dataset has no class 9 (it has classes 0 to 2)",
        ),
        (
            {**PETS, "tasks": [{"name": "a", "classes": [1, 0]}, {"name": "b", "classes": [2, 0]}]},
            "class 0, 'ant', of pets is in task 'a' and again in task 'b'; name it once",
        ),
    ],
)
def test_refused(stream, sentence):
    with pytest.raises(UserError) as caught:
        built(**stream)
    assert str(caught.value) == f"catalogue.streams.s of your config: {sentence}"


def test_datasets_source_first_each_once():
    stream = schema.Stream(
        size=8,
        dataset="pets",
        source=schema.Source(dataset="signs"),
        tasks=[schema.StreamTask(name="a"), schema.StreamTask(name="b", dataset="signs")],
    )
    assert datasets_of(stream, "here") == ["signs", "pets"]


def test_a_task_without_dataset():
    stream = schema.Stream(size=8, tasks=[schema.StreamTask(name="a", dataset="pets"), schema.StreamTask(name="b")])
    with pytest.raises(UserError) as caught:
        datasets_of(stream, "here")
    assert str(caught.value) == "here: tasks.1 names no dataset; add 'dataset:' there or at the top of the file"
