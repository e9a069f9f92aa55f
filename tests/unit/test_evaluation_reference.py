from dataclasses import replace

import pytest
import torch
from evaluation_fakes import CLASSES, CPU, TASK, save_classifier

from mneme import files
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.evaluation import evaluators, metrics, reference
from mneme.evaluation.extractor import create, extract


def numbered(n: int, first: int):
    """n images, each filled with its own number, labels in turn."""
    x = torch.arange(first, first + n, dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).contiguous()
    return {"x": x, "y": torch.tensor(TASK.labels).repeat(n)[:n]}


def ids(images):
    return images[:, 0, 0, 0].tolist()


def test_reference_and_heldout_share_no_image():
    reals = reference.split(TASK, numbered(40, 0), numbered(10, 100), n=1000, seed=0)
    assert len(reals.reference) == len(reals.heldout) == len(reals.heldout_labels) == 25  # half of all
    assert set(ids(reals.reference)) <= set(range(40))
    assert set(range(100, 110)) <= set(ids(reals.heldout))  # test images first
    assert not set(ids(reals.reference)) & set(ids(reals.heldout))
    assert len(set(ids(reals.reference))) == len(set(ids(reals.heldout))) == 25


def test_labels_stay_with_their_images():
    reals = reference.split(TASK, numbered(40, 0), numbered(10, 100), n=20, seed=0)
    expected = [TASK.labels[number % 2] for number in ids(reals.heldout)]
    assert reals.heldout_labels.tolist() == expected


def test_a_wanted_number_is_kept_and_heldout_is_test_only_where_that_suffices():
    reals = reference.split(TASK, numbered(40, 0), numbered(10, 100), n=8, seed=0)
    assert len(reals.reference) == 8
    assert len(reals.heldout) == 8 and min(ids(reals.heldout)) >= 100


def test_a_task_that_holds_nothing_out_is_compared_with_all_images(tmp_path):
    """The baseline is one half against the other; images of the task are those of both splits."""
    task = replace(TASK, hold_out=False)
    reals = reference.split(task, numbered(41, 0), numbered(10, 100), n=1000, seed=0)
    assert sorted(ids(reals.reference)) == list(range(41)) and len(reals.heldout) == 20
    first = ids(reals.reference)[:20]
    assert not set(first) & set(ids(reals.heldout)) and ids(reals.reference)[21:] == ids(reals.heldout)
    assert [TASK.labels[number % 2] for number in ids(reals.heldout)] == reals.heldout_labels.tolist()
    extractor = create("classifier", save_classifier(tmp_path / "classifier.pt"), CPU)
    record = reference.build(task, reals, "classifier", extractor, classes=CLASSES, kid_subsets=2, grid=4, device=CPU)
    halves = [extract(extractor, images, CPU)["features"] for images in (reals.heldout, reals.reference[:20])]
    kid = metrics.kid(*halves, 2).value
    assert record["n"] == 41 and record["heldout"]["kid_clf"] == pytest.approx(kid, rel=1e-6)
    assert {*record["heldout"]} == {"kid_clf", "diversity_clf", "task_accuracy", "class_accuracy"}  # others depend on n
    with pytest.raises(UserError, match="too few"):
        reference.split(task, numbered(2 * metrics.MIN_IMAGES - 1, 0), numbered(10, 100), n=1000, seed=0)


def test_the_draw_depends_on_the_seed_alone():
    draws = [ids(reference.split(TASK, numbered(40, 0), numbered(10, 100), n=8, seed=seed)[0]) for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_too_few_images_name_the_task_and_the_fix():
    with pytest.raises(UserError, match="task 'pair' has 7 real images of 'toy', too few"):
        reference.split(TASK, numbered(5, 0), numbered(2, 100), n=1000, seed=0)


def test_classes_follow_the_offsets():
    task = Task(1, "later", "second", classes=(2, 0), labels=(0, 1))
    assert reference.classifier_classes(task, {"first": 0, "second": 10}) == [12, 10]
    with pytest.raises(UserError, match="not 'second' of task 'later'"):
        reference.classifier_classes(task, {"first": 0})


def test_the_baseline_is_what_the_heldout_images_score(tmp_path):
    weights = save_classifier(tmp_path / "classifier.pt")
    reals = reference.split(TASK, numbered(60, 0), numbered(20, 100), n=1000, seed=0)
    extractor = create("classifier", weights, CPU)
    settings = {"classes": CLASSES, "kid_subsets": 3, "grid": 5, "device": CPU}
    record = reference.build(TASK, reals, "classifier", extractor, **settings)
    real, held = (extract(extractor, x, CPU) for x in (reals.reference, reals.heldout))
    asked = torch.tensor([CLASSES[TASK.labels.index(label)] for label in reals.heldout_labels.tolist()])
    assert torch.equal(record["features"], real["features"]) and record["n"] == 40
    assert record["heldout"]["fid_clf"] == pytest.approx(metrics.fid(held["features"], real["features"]).value)
    unseen = metrics.class_accuracy(held["logits"][:20], asked[:20])  # of the test images, which come first
    assert record["heldout"]["class_accuracy"] == unseen.value and reals.unseen == 20
    assert torch.equal(record["images"], reals.reference[:5])

    files.save(tmp_path / "reference.pt", {"spec": "abc", **record})
    (evaluator,) = evaluators.read(CPU, weights, {TASK.index: tmp_path / "reference.pt"})
    assert evaluator.references[TASK.index]["heldout"] == record["heldout"]
    files.save(tmp_path / "reference.pt", {name: value for name, value in record.items() if name != "features"})
    with pytest.raises(UserError, match=r"reference.pt: lacks features; delete it"):
        evaluators.read(CPU, weights, {TASK.index: tmp_path / "reference.pt"})
