"""The predicted sizes of files against the files of jobs that ran, one step long, at the published widths."""

import json
import shlex
from pathlib import Path
from unittest.mock import patch

import pytest
import torch

from mneme import files
from mneme.catalogue.catalogue import Catalogue
from mneme.data.prepare import prepare as prepared
from mneme.methods.gan_memory.gan_memory import GanMemory
from mneme.operations.dry_run import Job
from mneme.operations.predict import predictor
from mneme.operations.sizes import Sizes
from mneme.plan.check import checked_plan
from mneme.plan.jobs import base, prepare, train
from mneme.plan.plan import Plan
from mneme.spec import spec_hash
from mneme.training.job import learn
from mneme.training.restore import create
from mneme.training.resume import Resume

ROOT = Path(__file__).parents[2]
METHODS = ["gan_memory-conditional", "ewc"]
SHORT = {"steps": 1, "batch": 2}
SETTINGS = {name: SHORT for name in ("base", "gan_memory")}
SETTINGS["ewc"] = {**SHORT, "fisher_samples": 2}
TASKS = [{"name": "a", "classes": [2, 3]}, {"name": "b", "classes": [4]}]
STREAM = {"dataset": "digits", "size": 16, "source": {"classes": [0, 1]}, "tasks": TASKS, "settings": SETTINGS}
EXPERIMENT = {"title": "", "stream": "s", "methods": METHODS, "artefacts": []}
CONFIG = {
    "tier": "paper",
    "experiments": ["e"],
    "catalogue": {"streams": {"s": STREAM}, "experiments": {"e": EXPERIMENT}},
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return checked_plan(CONFIG, ROOT)


def trained(plan: Plan, method: str, task: int) -> dict:
    """The spec of a training job."""
    job = train.job(plan, "s", method, 0, task) if task else base.of_stream(plan, "s", 0)
    return json.loads(job.text)


@pytest.fixture(scope="module")
def made(plan, tmp_path_factory) -> dict[str, Path]:
    """Spec hash -> folder of every trained job, and of the data."""
    root = tmp_path_factory.mktemp("made")
    spec = json.loads(prepare.job(plan, "digits", 16).text)
    files.save(root / "digits.pt", prepared(spec, {}))
    found = {}
    for job in [("base", 0), *((method, task) for method in METHODS for task in (1, 2))]:
        spec = trained(plan, *job)
        name = spec_hash(spec)
        paths = {kind: found[spec[kind]] / "checkpoint.pt" if kind in spec else None for kind in ("base", "previous")}
        outputs = {"checkpoint": "checkpoint.pt", "snapshots": "snapshots.pt", "losses": "losses.jsonl"}
        outputs = {kind: root / name / file for kind, file in outputs.items()}
        resume = Resume(root / name / "resume", name, 1e9)
        with patch.object(Resume, "of_job", return_value=resume):
            learn(spec, data={"digits": root / "digits.pt"}, **paths, device=torch.device("cpu"), **outputs)
        found[name] = root / name
    return found


@pytest.mark.parametrize("method, task", [("base", 0), *((method, task) for method in METHODS for task in (1, 2))])
def test_files_of_published_width(plan, made, method, task):
    spec = trained(plan, method, task)
    predicted = Sizes(_specs(plan), {}, {}).of(spec)
    for file in ("checkpoint.pt", "snapshots.pt"):
        real = (made[spec_hash(spec)] / file).stat().st_size
        assert predicted[file] == pytest.approx(real, rel=0.05), file


def test_a_checkpoint_that_is_there_is_as_good_as_a_planned_one(plan, made):
    spec = trained(plan, "gan_memory-conditional", 1)
    planned = Sizes(_specs(plan), {}, {}).of(spec)
    assert Sizes({}, {spec["base"]: made[spec["base"]] / "checkpoint.pt"}, {}).of(spec) == planned


def test_prepared_data(plan, tmp_path):
    spec = json.loads(prepare.job(plan, "digits", 16).text)
    files.save(tmp_path / "digits.pt", prepared(spec, {}))
    predicted = Sizes({}, {}, {"digits": (1797, 10)}).of(spec)[""]
    assert predicted == pytest.approx((tmp_path / "digits.pt").stat().st_size, rel=0.01)
    assert Sizes({}, {}, {}).of(spec) == {}  # nobody said how many images there are


@pytest.mark.parametrize(
    ("dataset", "own"),
    [
        ("digits_inverted", {}),
        ("digits", {"digits": {"images": 20}}),
        ("mine", {"mine": {"of": "digits", "images": 20}}),
    ],
)
def test_images_are_those_of_the_catalogue(dataset, own):
    """Also of a dataset that is of another, and of one in the user's own config."""
    config = {**CONFIG, "catalogue": {**CONFIG["catalogue"], "datasets": own}}
    spec = json.loads(prepare.job(checked_plan(config, ROOT), dataset, "16").text)
    job = Job("prepare", ("d.pt",), "", False, shlex.join(["python", "--spec", json.dumps(spec)]))
    told = Sizes({}, {}, {dataset: (20 if dataset in own else 1797, 10)}).of(spec)[""]
    assert predictor([job], Catalogue(config, ROOT / "config"))(job) == {"d.pt": told}


def test_no_memory_is_taken():
    """256 px at the published width: 100 million weights and more, none of them made."""
    wide = {**CONFIG, "catalogue": {**CONFIG["catalogue"], "streams": {"s": {**STREAM, "size": 256}}}}
    wide["catalogue"]["experiments"] = {"e": {**EXPERIMENT, "methods": ["gan_memory"]}}
    spec = trained(checked_plan(wide, ROOT), "base", 0)
    state, size, _ = Sizes({}, {}, {}).task(spec)
    assert size > 300e6 and all(value.is_meta for value in state["generator"].values())


@pytest.mark.parametrize("look", [lambda tensor: tensor.sum().item(), lambda tensor: tensor.numpy()])
def test_a_method_whose_numbers_decide_from_the_start_is_no_error(plan, monkeypatch, look):
    """What cannot be told is left out of the forecast."""
    monkeypatch.setattr(GanMemory, "begin", lambda self, previous, data: look(data["x"]))
    spec = trained(plan, "gan_memory-conditional", 1)
    assert set(Sizes(_specs(plan), {}, {}).of(spec)) == {"losses.jsonl"}


def _specs(plan: Plan) -> dict[str, dict]:
    jobs = [("base", 0), *((method, task) for method in METHODS for task in (1, 2))]
    return {spec_hash(spec): spec for spec in (trained(plan, *job) for job in jobs)}


@pytest.mark.parametrize("method", ["classifier_ewc", "classifier_finetune"])
def test_a_classifiers_files(plan, tmp_path, method):
    """At the published width: a ResNet-18, and with EWC its Fisher information and where it is pulled to; snapshots of
    counts alone."""
    spec = trained(plan, method, 2)
    settings = {**spec["settings"], "fisher_images": 1}
    made = create({**spec, "settings": settings}, None, torch.device("cpu"))
    made.begin(None, {})
    made.end({"x": torch.zeros(1, 1, 16, 16, dtype=torch.uint8), "y": torch.zeros(1, dtype=torch.int64)})
    files.save(tmp_path / "checkpoint.pt", {"spec": "", "status": {}, "state": made.state()})
    first = trained(plan, method, 1)
    predicted = Sizes({spec_hash(first): first}, {}, {}).of(spec)
    assert predicted["checkpoint.pt"] == pytest.approx((tmp_path / "checkpoint.pt").stat().st_size, rel=0.01)
    assert predicted["snapshots.pt"] < 10_000


def test_an_evaluation_of_predictions_alone_keeps_no_grid_of_samples():
    chain = {"channels": 1, "size": 16}
    spec = {"job": "evaluate", "chain": chain, "tasks": [{}, {}], "grid": 64}
    images, none = (Sizes({}, {}, {}).of({**spec, **more})["samples.pt"] for more in ({"references": {}}, {}))
    assert none < 2000 and images > none + 2 * 64 * 16**2
