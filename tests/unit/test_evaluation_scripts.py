"""The jobs by their command lines, one after another, with a method that needs no training."""

import json

import pandas as pd
import pytest
import torch
from evaluation_fakes import Painter, gaussian, images, signed

from mneme import files, lineage
from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.evaluation.evaluate import evaluate as evaluate_job
from mneme.evaluation.fit import fit
from mneme.evaluation.reference import make_reference
from mneme.evaluation.table import gather
from mneme.probes.curve import measure_curve
from mneme.probes.reverse import measure_ceiling, measure_reverse
from mneme.script import call
from mneme.spec import spec_hash

TASKS = [Task(1, "low", "toy", (0, 1), (0, 1)), Task(2, "high", "toy", (2,), (2,))]
CLASSIFIER = {
    **{"job": "classifier", "datasets": ["toy"], "offsets": {"toy": 0}, "classes": {"toy": ["a", "b", "c"]}},
    **{"size": 8, "channels": 1, "seed": 0, "threads": 1, "data": {"toy": "toy"}},
    "settings": {"steps": 20, "batch": 8, "lr": 1e-3, "width": 4, "features": 6, "threads": 1},
}
CHAIN = {"job": "train", "tasks": [task.to_dict() for task in TASKS], "snapshots": [5, 10]}


def reference_spec(task):
    return {
        **{"job": "reference", "stream": "toys", "task": task.to_dict(), "channels": 1, "extractor": "classifier"},
        **{"n": 12, "grid": 4, "kid_subsets": 2, "offsets": {"toy": 0}, "seed": 0, "threads": 1},
        **{"classifier": spec_hash(CLASSIFIER), "data": {"toy": "toy"}},
    }


EVALUATORS = {
    **{"stream": "toys", "method": "painter", "seed": 0, "checkpoint": 2, "chain": CHAIN, "threads": 1},
    "classifier": spec_hash(CLASSIFIER),
    "references": {str(task.index): spec_hash(reference_spec(task)) for task in TASKS},
}
EVALUATE = {
    **{"job": "evaluate", "checkpoints": {"2": "trained"}, "tasks": [task.to_dict() for task in TASKS]},
    **{"grid": 4, "points": 6, "accuracy": 0},
    **EVALUATORS,
}


@pytest.fixture(autouse=True)
def same_torch():
    yield
    torch.use_deterministic_algorithms(False)


def job(function, spec, output, *options):
    """Run a job by its command line; ``output`` is the last file that it writes."""
    lineage.records.cache_clear()
    record = output.with_name(f"{output.name}{lineage.SUFFIX}")
    device = [] if function is gather else ["--device", "cpu"]
    call(function, ["--spec", json.dumps(spec), "--lineage", str(record), *map(str, options), str(output), *device])


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A folder with a prepared dataset, a classifier, references, and a method behind ``restore``."""
    data = {"classes": ["a", "b", "c"], "spec": "toy"}
    for split, n in (("train", 90), ("test", 30)):
        data |= {f"x_{split}": images(n, seed=n), f"y_{split}": torch.arange(n) % 3}
    files.save(tmp_path / "toy.pt", data)
    files.save(tmp_path / "checkpoint.pt", {})
    signed(tmp_path / "toy.pt", "toy")
    signed(tmp_path / "checkpoint.pt", "trained")
    options = ["--data", f"toy={tmp_path / 'toy.pt'}"]
    job(fit, CLASSIFIER, tmp_path / "classifier.pt", *options, "--output")
    options += ["--classifier", tmp_path / "classifier.pt"]
    for task in TASKS:
        job(make_reference, reference_spec(task), tmp_path / f"real{task.index}.pt", *options, "--output")

    def restore(chain, base, checkpoints, device):
        assert (chain, base, checkpoints) == (CHAIN, None, {2: tmp_path / "checkpoint.pt"})
        return Painter(), {1: {"state": "ok"}, 2: {"state": "collapsed"}}

    monkeypatch.setattr("mneme.evaluation.evaluate.restore", restore)
    monkeypatch.setattr("mneme.probes.reverse.restore", restore)
    return tmp_path


def evaluators(world):
    pairs = [f"{task.index}={world / f'real{task.index}.pt'}" for task in TASKS]
    return ["--classifier", world / "classifier.pt", "--references", *pairs]


def evaluate(world, spec=EVALUATE, name="evaluation"):
    options = ["--checkpoints", f"2={world / 'checkpoint.pt'}", "--samples", world / f"{name}.pt", "--rows"]
    job(evaluate_job, spec, world / f"{name}.json", *evaluators(world), *options)
    return files.read_json(world / f"{name}.json")


def test_the_classifier_file(world):
    record = files.load(world / "classifier.pt")
    assert record["spec"] == spec_hash(CLASSIFIER) and record["n_test"] == 30 and 0 <= record["accuracy"] <= 1
    assert record["shape"] == {"size": 8, "channels": 1, "width": 4, "features": 6, "classes": 3}


def test_the_reference_files(world):
    first, second = (files.load(world / f"real{task.index}.pt") for task in TASKS)
    assert first["spec"] == spec_hash(reference_spec(TASKS[0]))
    assert first["features"].shape == (12, 6) and first["classes"] == [0, 1] and second["classes"] == [2]
    assert first["images"].shape == (4, 1, 8, 8)


def test_evaluation_rows(world):
    rows = evaluate(world)
    assert {(row["task"], row["status"], row["value"] is None) for row in rows} == {
        (1, "ok", False),
        (2, "collapsed", True),
    }
    assert {row["spec"] for row in rows} == {spec_hash(EVALUATE)} and {row["checkpoint"] for row in rows} == {2}
    assert {row["device"] for row in rows} == {"cpu"} and {row["torch"] for row in rows} == {torch.__version__}
    samples = files.load(world / "evaluation.pt")
    assert set(samples) == {"spec", "1", "features"} and samples["1"].shape == (4, 1, 8, 8)  # nothing of the collapsed
    assert {name: found.shape for name, found in samples["features"].items()} == {"1": (6, 6)}


def test_samples_that_were_not_drawn_are_a_row(world, monkeypatch):
    """Five of the twelve of task 1, and nothing is known of the collapsed task; no row of a method that draws none."""

    class Rejecting(Painter):
        def __init__(self):
            super().__init__()
            self.missed = 100  # of what was asked for before

        def sample(self, task, labels, z):
            self.missed += 5
            return super().sample(task, labels, z)

    assert not [row for row in evaluate(world) if row["metric"] == "undrawn"]
    statuses = {1: {"state": "ok"}, 2: {"state": "collapsed"}}
    monkeypatch.setattr("mneme.evaluation.evaluate.restore", lambda *_: (Rejecting(), statuses))
    rows = [row for row in evaluate(world) if row["metric"] == "undrawn"]
    assert [(row["task"], row["value"], row["n"]) for row in rows] == [(1, pytest.approx(5 / 12), 12), (2, None, 12)]


def test_evaluation_again_gives_the_same_bytes(world):
    for name in ("first", "second"):
        evaluate(world, name=name)
    for kind in ("json", "pt"):
        assert (world / f"first.{kind}").read_bytes() == (world / f"second.{kind}").read_bytes()


@pytest.mark.parametrize(
    ("key", "name"), [("classifier", "classifier"), ("references", "real1"), ("checkpoints", "checkpoint")]
)
def test_files_of_another_spec_are_refused(world, key, name):
    other = EVALUATE | {key: "other" if key == "classifier" else {"1": "other", "2": "other"}}
    with pytest.raises(UserError, match=rf"/{name}.pt: made from spec \w+, but this job needs spec other"):
        evaluate(world, other)
    assert not (world / "evaluation.json").exists()


def test_curve_rows_and_tables(world, monkeypatch):
    files.save(world / "snapshots.pt", {"spec": spec_hash(CHAIN), "steps": {5: {}}})  # diverged before step 10
    signed(world / "snapshots.pt", spec_hash(CHAIN))
    asked = []

    def restore_snapshot(chain, base, snapshots, step, device):
        asked.append((chain, snapshots, step))
        return Painter()

    monkeypatch.setattr("mneme.probes.curve.restore_snapshot", restore_snapshot)
    monkeypatch.setattr("mneme.probes.curve.build", lambda *_: Painter())
    options = [*evaluators(world), "--snapshots", world / "snapshots.pt"]
    asked_of = {
        "job": "curve",
        "snapshots": spec_hash(CHAIN),
        "task": TASKS[1].to_dict(),
        "measures": ["fid"],
        "n": None,
    }
    curve_spec = EVALUATORS | asked_of
    job(measure_curve, curve_spec, world / "curve.json", *options, "--rows")
    rows = files.read_json(world / "curve.json")
    assert asked == [(CHAIN, world / "snapshots.pt", 5)]
    assert [(row["step"], row["metric"], row["task"], row["status"]) for row in rows] == [
        (5, "fid_clf", 2, "ok"),
        (10, "fid_clf", 2, "diverged"),
    ]
    assert rows[0]["value"] > 0 and rows[1]["value"] is None

    asked_of |= {"job": "evolution", "task": TASKS[0].to_dict(), "measures": ["class_accuracy"], "n": 3}
    options += ["--samples", world / "evolution.pt", "--rows"]
    job(measure_curve, EVALUATORS | asked_of, world / "evolution.json", *options)
    rows = files.read_json(world / "evolution.json")
    assert [(row["step"], row["metric"], row["task"], row["checkpoint"], row["n"]) for row in rows] == [
        (5, "class_accuracy", 1, 2, 3),
        (10, "class_accuracy", 1, 2, 3),
    ]
    kept = files.load(world / "evolution.pt")
    assert set(kept) == {"spec", "5"} and kept["5"].shape == (3, 1, 8, 8)

    with pytest.raises(UserError, match=r"snapshots.pt: made from spec \w+, but this job needs spec other"):
        job(measure_curve, EVALUATORS | asked_of | {"snapshots": "other"}, world / "evolution.json", *options)

    evaluate(world)
    names = [f"--{name}-{kind}" for name in ("quality", "summary", "curve") for kind in ("csv", "parquet")]
    outputs = [word for name in names for word in (name, world / name.removeprefix("--").replace("-", "."))]
    inputs = ["--evaluations", world / "evaluation.json", "--curves", world / "curve.json"]
    spec = {"job": "table", "tier": "smoke", "experiment": "toy", "evaluations": [spec_hash(EVALUATE)]}
    spec |= {"curves": [spec_hash(curve_spec)]}
    *options, last = outputs
    job(gather, spec, last, *inputs, *options)
    quality, summary, curve = (pd.read_csv(world / f"{name}.csv") for name in ("quality", "summary", "curve"))
    assert len(quality) == 14 and set(quality["experiment"]) == {"toy"} and set(quality["tier"]) == {"smoke"}
    assert set(summary["status"]) == {"collapsed"} and summary["final_mean"].isna().all()
    assert curve["step"].tolist() == [5, 10]


def test_reverse_accuracy_and_its_ceiling(world, monkeypatch):
    ceiling = {
        **{"job": "ceiling", "stream": "toys", "tasks": [task.to_dict() for task in TASKS], "size": 8, "channels": 1},
        "settings": {"n": 20, "steps": 5, "batch": 8, "lr": 1e-3, "width": 4, "features": 6},
        "threads": 1,
        "data": {"toy": "toy"},
    }
    data = ["--data", f"toy={world / 'toy.pt'}"]
    job(measure_ceiling, ceiling, world / "ceiling.json", *data, "--output")
    known = files.read_json(world / "ceiling.json")
    assert known["spec"] == spec_hash(ceiling) and set(known["tasks"]) == {"1", "2"}

    chain = {"job": "reverse", "method": "painter", "seed": 0, "checkpoint": 2, "chain": CHAIN}
    spec = ceiling | chain | {"checkpoints": {"2": "trained"}, "ceiling": spec_hash(ceiling)}
    files_ = [*data, "--checkpoints", f"2={world / 'checkpoint.pt'}", "--ceiling", world / "ceiling.json", "--rows"]
    job(measure_reverse, spec, world / "reverse.json", *files_)
    rows = files.read_json(world / "reverse.json")  # task 2 collapsed, so there are not images of all classes
    assert [(row["task"], row["value"], row["status"]) for row in rows] == [
        (1, None, "collapsed"),
        (2, None, "collapsed"),
    ]
    assert [row["real"] for row in rows] == list(known["tasks"].values()) and {row["n"] for row in rows} == {20, 10}

    whole = (Painter(), {1: {"state": "ok"}, 2: {"state": "ok"}})
    monkeypatch.setattr("mneme.probes.reverse.restore", lambda *_: whole)
    painted = files.load(world / "toy.pt")
    painted["x_test"] = Painter().sample(TASKS[0], painted["y_test"], gaussian(30, 64, seed=1))
    files.save(world / "toy.pt", painted)
    signed(world / "toy.pt", "toy")
    spec["settings"] = ceiling["settings"] | {"steps": 200, "lr": 1e-2}
    job(measure_reverse, spec, world / "reverse.json", *files_)
    rows = files.read_json(world / "reverse.json")
    assert [(row["task"], row["status"]) for row in rows] == [(1, "ok"), (2, "ok")]
    assert min(row["value"] for row in rows) >= 0.8  # tested on images like those it learned from
    with pytest.raises(UserError, match=r"ceiling.json: made from spec \w+, but this job needs spec other"):
        job(measure_reverse, spec | {"ceiling": "other"}, world / "reverse.json", *files_)
