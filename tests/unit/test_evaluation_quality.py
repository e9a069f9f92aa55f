import hashlib

import pytest
import torch
from evaluation_fakes import CLASSES, CPU, TASK, Painter, images, save_classifier

from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.evaluation import metrics, reference
from mneme.evaluation.extractor import create, extract
from mneme.evaluation.quality import Evaluator, label, measure_task
from mneme.evaluation.samples import balanced, draw, fingerprint, noise, to_classes
from mneme.spec import derive_seed

IDENTITY = {"stream": "toy", "seed": 0, "method": "painter", "checkpoint": 2}


@pytest.fixture
def evaluator(tmp_path):
    extractor = create("classifier", save_classifier(tmp_path / "classifier.pt"), CPU)
    labels = torch.tensor(TASK.labels).repeat(20)
    reals = reference.Reals(images(40, seed=0), images(40, seed=1), labels, 40)
    settings = {"classes": CLASSES, "kid_subsets": 3, "grid": 5, "device": CPU}
    record = reference.build(TASK, reals, "classifier", extractor, **settings)
    return Evaluator("classifier", extractor, {TASK.index: record})


def by_metric(rows):
    return {row["metric"]: row for row in rows}


def test_rows_hold_the_measures_of_the_samples(evaluator):
    method = Painter()
    rows, samples = measure_task(method, TASK, "ok", [evaluator], IDENTITY, device=CPU)
    real = evaluator.references[TASK.index]
    outputs = extract(evaluator.extractor, samples, CPU)
    found = by_metric(rows)
    assert set(found) == set(real["heldout"])
    assert found["fid_clf"]["value"] == metrics.fid(outputs["features"], real["features"]).value
    assert found["task_accuracy"]["value"] == metrics.task_accuracy(outputs["logits"], torch.tensor(CLASSES)).value
    wanted = torch.tensor(CLASSES).repeat(20)  # labels alternate
    assert found["class_accuracy"]["value"] == metrics.class_accuracy(outputs["logits"], wanted).value
    row = found["fid_clf"]
    assert row["real"] == real["heldout"]["fid_clf"] and row["n"] == len(samples) == 40
    assert row["samples_sha256"] == hashlib.sha256(bytes(samples.flatten().tolist())).hexdigest()
    assert {key: row[key] for key in IDENTITY} == IDENTITY
    assert (row["task"], row["task_name"], row["extractor"], row["status"]) == (2, "pair", "classifier", "ok")


def test_kid_takes_the_subsets_of_the_reference(evaluator, monkeypatch):
    monkeypatch.setattr(metrics, "KID_SUBSET", 10)
    rows, samples = measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU, only=("kid",))
    features, real = (
        extract(evaluator.extractor, samples, CPU)["features"],
        evaluator.references[TASK.index]["features"],
    )
    assert (rows[0]["value"], rows[0]["std"]) == metrics.kid(features, real, subsets=3)
    assert rows[0]["value"] != metrics.kid(features, real, subsets=1).value


def test_rows_repeat_exactly(evaluator):
    first, second = (measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU)[0] for _ in range(2))
    assert first == second


def test_the_class_is_measured_only_where_it_was_asked_for(evaluator):
    rows, _ = measure_task(Painter(conditional=False), TASK, "ok", [evaluator], IDENTITY, device=CPU)
    assert "class_accuracy" not in by_metric(rows) and "task_accuracy" in by_metric(rows)


def test_a_diverged_task_is_missing_values_that_say_why(evaluator):
    method = Painter()
    rows, samples = measure_task(method, TASK, "diverged", [evaluator], IDENTITY, device=CPU)
    sound, _ = measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU)
    assert samples is None and not method.batches
    assert [row["metric"] for row in rows] == [row["metric"] for row in sound]
    assert {(row["value"], row["samples_sha256"], row["status"]) for row in rows} == {(None, None, "diverged")}
    assert [row["real"] for row in rows] == [row["real"] for row in sound]


def test_accuracies_may_be_taken_on_more_images(evaluator):
    n = evaluator.references[TASK.index]["n"]
    more, samples = measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU, accuracy=3 * n)
    assert len(samples) == 3 * n
    counts = {row["metric"]: row["n"] for row in more}
    assert counts["task_accuracy"] == counts["class_accuracy"] == 3 * n and counts["fid_clf"] == n
    logits = extract(evaluator.extractor, samples, CPU)["logits"]
    right = (logits.argmax(1) == torch.tensor(CLASSES).repeat(2 * n)[: 3 * n]).double().mean().item()
    assert {row["metric"]: row["value"] for row in more}["class_accuracy"] == right
    missing, _ = measure_task(Painter(), TASK, "diverged", [evaluator], IDENTITY, device=CPU, accuracy=3 * n)
    assert {row["metric"]: row["n"] for row in missing} == counts
    first = measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU, only=("class_accuracy",), first=5)
    assert len(first[1]) == first[0][0]["n"] == 5
    assert torch.equal(first[1], measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU)[1][:5])


def test_only_some_measures(evaluator):
    rows, _ = measure_task(Painter(), TASK, "ok", [evaluator], IDENTITY, device=CPU, only=("fid",))
    assert [row["metric"] for row in rows] == ["fid_clf"]


def test_evaluators_must_agree_on_the_number_of_images(evaluator):
    fewer = Evaluator("inception", evaluator.extractor, {TASK.index: {**evaluator.references[TASK.index], "n": 39}})
    with pytest.raises(UserError, match=r"task 'pair' hold \[39, 40\] images"):
        measure_task(Painter(), TASK, "ok", [evaluator, fewer], IDENTITY, device=CPU)


def test_a_distance_by_the_classifier_never_has_the_bare_name():
    assert label("fid", "classifier") == "fid_clf" and label("fid", "inception") == "fid"
    assert label("task_accuracy", "classifier") == "task_accuracy"


def test_labels_are_balanced():
    task = Task(1, "three", "toy", (0, 1, 2), (7, 8, 9))
    assert balanced(task, 7).tolist() == [7, 8, 9, 7, 8, 9, 7]
    assert to_classes(TASK, CLASSES, torch.tensor([5, 4, 5])).tolist() == [1, 3, 1]


def test_noise_is_fixed_by_stream_and_seed_alone():
    base = noise("toy", 0, (20, 3))
    generator = torch.Generator().manual_seed(derive_seed("toy", 0, "evaluation"))
    assert torch.equal(base, torch.randn(20, 3, generator=generator))
    torch.rand(5)
    assert torch.equal(base, noise("toy", 0, (20, 3)))
    for other in (noise("toy", 1, (20, 3)), noise("fun", 0, (20, 3))):
        assert not torch.equal(base, other)


def test_samples_are_drawn_in_batches_of_a_fixed_size():
    method = Painter()
    samples = draw(method, TASK, 510, stream="toy", seed=0, device=CPU)
    assert method.batches == [250, 250, 10] and samples.shape == (510, 1, 8, 8) and samples.dtype == torch.uint8
    z = noise("toy", 0, (510, method.noise))
    assert torch.equal(samples, method.sample(TASK, balanced(TASK, 510), z))


def test_a_fingerprint_sees_one_grey_level():
    x = images(3, seed=0)
    y = x.clone()
    y[2, 0, 7, 7] ^= 1
    assert fingerprint(x) == fingerprint(x.clone()) != fingerprint(y)
