"""An experiment with classifiers: what it makes, and what an edit makes again."""

import csv
import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import torch
from flow import Folder, Run
from small import CLASSIFIED_ARTEFACTS, CLASSIFIERS, SHOWN, classify, evaluate, train
from test_closure import option, ours
from test_reruns import configured, edited, stream, third_task

from mneme.plan.code import closure

RESULTS = "results/smoke/small"
EWC, REPLAY = (classify(name, 1, 2) for name in CLASSIFIERS)
REPLAYING = classify("replay-joint", 2)
ALL = EWC | REPLAY | SHOWN
JOINT = train("joint", 1, 2) | evaluate("joint", 1, 2)


def experiment(config: dict[str, Any]) -> dict[str, Any]:
    return config["catalogue"]["experiments"]["classified"]


def setting(method: str, tier: str, **values: Any) -> Callable[[Folder], None]:
    return configured(lambda config: config["catalogue"].update(methods={method: {"tiers": {tier: values}}}))


def with_classifiers(change: Callable[[list[str]], None]) -> Callable[[Folder], None]:
    def both(config: dict[str, Any]) -> None:
        change(experiment(config)["methods"])
        change(experiment(config)["probes"]["curve"])

    return configured(both)


CASES: dict[str, tuple[Callable[[Folder], Any], set[str]]] = {
    "nothing": (lambda folder: None, set()),
    "a classifier's module": (edited("src/mneme/methods/classifiers/classifier_ewc.py"), EWC | SHOWN),
    "what classifiers share": (edited("src/mneme/methods/classifiers/classifier.py"), ALL),
    "a classifier nobody chose": (edited("src/mneme/methods/classifiers/classifier_joint.py"), set()),
    "the generator's module": (edited("src/mneme/methods/gan_memory/joint.py"), JOINT | REPLAYING | SHOWN),
    "how a drawing looks": (edited("src/mneme/figures/replays.py"), {"figure_replays"}),
    "how predictions are measured": (
        edited("src/mneme/evaluation/predictions.py"),
        {job for job in ALL | JOINT if not job.startswith("train ")} - {"sizes"},
    ),
    "a setting of a classifier": (setting("classifier_ewc", "smoke", lr=2.0e-4), EWC | SHOWN),
    "a setting of another tier": (setting("classifier_ewc", "paper", lr=2.0e-4), set()),
    "weights that no network takes": (configured(lambda config: config.update(resnet18_weights="download")), set()),
    "a setting of the generator": (
        configured(lambda config: stream(config)["tiers"]["smoke"].update(joint={"steps": 7})),
        JOINT | REPLAYING | SHOWN,
    ),
    "a task appended": (
        configured(third_task),
        train("joint", 3) | evaluate("joint", 3) | classify("classifier_ewc", 3) | classify("replay-joint", 3)
        | {"reference 3"} | SHOWN,
    ),
    "a classifier added": (
        with_classifiers(lambda names: names.append("classifier_finetune")),
        classify("classifier_finetune", 1, 2) - {"train classifier_finetune/0/1"} | SHOWN,
    ),
    "a classifier removed": (with_classifiers(lambda names: names.remove("classifier_ewc")), SHOWN),
    "a second seed": (
        configured(lambda config: config.update(seeds=[0, 1])),
        {"base 1"} | train("joint", 1, 2, seed=1) | evaluate("joint", 1, 2, seed=1)
        | classify("classifier_ewc", 1, 2, seed=1) | classify("replay-joint", 1, 2, seed=1) | SHOWN - {"sizes"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_edit_plans_exactly(classified: tuple[Folder, Run], tmp_path, name: str):
    folder = classified[0].clone(tmp_path / "mneme")
    edit, expected = CASES[name]
    edit(folder)
    planned = folder.plan()
    shutil.rmtree(folder.path)
    assert planned == expected, f"too many: {sorted(planned - expected)}; missing: {sorted(expected - planned)}"


def test_only_classifiers_were_run(classified: tuple[Folder, Run]):
    """The chain that they replay was there."""
    assert classified[1].jobs == ALL


def table(folder: Folder, name: str) -> list[dict[str, str]]:
    with open(folder / f"results/smoke/tables/classified/{name}.csv", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["metric"] == "test_accuracy"]


def test_every_task_is_tested_after_every_task(classified: tuple[Folder, Run]):
    rows = table(classified[0], "quality")
    cells = {(row["method"], row["checkpoint"], row["task"]) for row in rows}
    assert cells == {(method, t, i) for method in CLASSIFIERS for t, i in (("1", "1"), ("2", "1"), ("2", "2"))}
    assert all(row["status"] == "ok" and 0 <= float(row["value"]) <= 1 and row["spec"] for row in rows)


def test_the_last_count_inside_a_task_is_the_accuracy_of_its_checkpoint(classified: tuple[Folder, Run]):
    ends = {(r["method"], r["checkpoint"], r["task"]): r["value"] for r in table(classified[0], "quality")}
    last = {}
    for row in table(classified[0], "curve"):
        last[row["method"], row["checkpoint"], row["task"]] = row["value"]  # rows are in order of steps
    assert last == ends


@pytest.mark.parametrize("artefact", CLASSIFIED_ARTEFACTS)
def test_a_figure_names_what_it_was_made_from(classified: tuple[Folder, Run], artefact: str):
    folder = classified[0]
    assert (folder / f"results/smoke/figures/classified/{artefact}.png").read_bytes().startswith(b"\x89PNG")
    sidecar = json.loads((folder / f"results/smoke/figures/classified/{artefact}.json").read_text())
    assert sidecar["specs"] and all((folder / entry["path"]).is_file() for entry in sidecar["data"])


def test_a_claim_about_classifiers_is_asked(classified: tuple[Folder, Run]):
    claims = json.loads((classified[0] / "results/smoke/claims/classified.json").read_text())["claims"]
    verdicts = {claim["id"]: claim["verdict"] for claim in claims}
    assert verdicts["ewc_barely_works"] in ("reproduced", "not reproduced")  # at this tier nothing is learned
    assert verdicts["replay_beats_ewc_along_stream"] == "not run"


def test_what_is_left_behind(classified: tuple[Folder, Run]):
    folder = classified[0]
    assert not list(folder.path.glob("**/.resume-*"))
    for method, kept in zip(CLASSIFIERS, ({"network", "fisher", "anchor"}, {"network"}), strict=True):
        checkpoint = torch.load(folder / f"{RESULTS}/{method}/seed0/task2/checkpoint.pt", weights_only=True)
        assert checkpoint["status"]["state"] == "ok" and set(checkpoint["state"]) == kept


def test_a_classifier_ran_the_code_that_its_hash_covers(classified: tuple[Folder, Run]):
    folder = classified[0]
    source, records = (folder / "src").resolve(), [json.loads(p.read_text()) for p in (folder / "hook").glob("*.json")]
    jobs = [record for record in records if record["script"].endswith("train.py")]
    assert len(jobs) == 4
    for record in jobs:
        spec, script = option(record, "--spec"), (folder / record["script"]).resolve()
        modules = [one["module"] for one in (spec, spec["chain"] or {}) if "module" in one]
        entries = [script, *(source / f"{module.replace('.', '/')}.py" for module in modules)]
        covered, ran = set(closure(entries, source)), ours(record["modules"]) | {script}
        assert covered == ran, (spec["module"], covered ^ ran)
        unwanted = {"torchvision", "torch_fidelity", "pandas", "matplotlib", "sklearn", "pydantic", "yaml"}
        assert not unwanted & set(record["modules"])
