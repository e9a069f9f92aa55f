"""An experiment with solvers: what it makes, and what an edit makes again."""

import csv
import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
import torch
from flow import Folder, Run
from small import SHOWN, SOLVED_ARTEFACTS, SOLVERS, evaluate, solve, train
from test_closure import option, ours
from test_reruns import configured, edited, stream, third_task

from mneme.plan.code import closure

RESULTS = "results/smoke/small/solvers"
EWC, REPLAY = (solve(solver, 1, 2) for solver in SOLVERS)
ALL = EWC | REPLAY | SHOWN
JOINT = train("joint", 1, 2) | evaluate("joint", 1, 2) | {"sizes"}


def solvers_of(config: dict[str, Any]) -> list[str]:
    return config["catalogue"]["experiments"]["solved"]["solvers"]


def setting(solver: str, tier: str, **values: Any) -> Callable[[Folder], None]:
    return configured(lambda config: config["catalogue"].update(solvers={solver: {"tiers": {tier: values}}}))


def steps_of_task(index: int) -> Callable[[Folder], None]:
    return configured(lambda config: stream(config)["tasks"][index - 1].update(settings={"steps": 5}))


CASES: dict[str, tuple[Callable[[Folder], Any], set[str]]] = {
    "nothing": (lambda folder: None, set()),
    "a solver's module": (edited("src/mneme/solvers/ewc.py"), EWC | SHOWN),
    "what solvers share": (edited("src/mneme/solvers/solver.py"), ALL),
    "a solver nobody chose": (edited("src/mneme/solvers/joint.py"), set()),
    "the generator's module": (
        edited("src/mneme/methods/gan_memory/joint.py"),
        JOINT | solve("replay-joint", 2) | SHOWN,
    ),
    "how a drawing looks": (edited("src/mneme/figures/replays.py"), {"figure_replays"}),
    "a setting of a solver": (setting("ewc", "smoke", lr=2.0e-4), EWC | SHOWN),
    "a setting of another tier": (setting("ewc", "paper", lr=2.0e-4), set()),
    "weights that no network takes": (configured(lambda config: config.update(resnet18_weights="download")), set()),
    "the generator's first task": (
        steps_of_task(1),
        train("joint", 1) | evaluate("joint", 1) | solve("replay-joint", 2) | {"sizes"} | SHOWN,
    ),
    "its last, which nobody replays": (
        steps_of_task(2),
        train("joint", 2) | evaluate("joint", 2) | {"sizes"} | SHOWN,
    ),
    "a task appended": (
        configured(third_task),
        train("joint", 3) | evaluate("joint", 3) | solve("ewc", 3) | solve("replay-joint", 3)
        | {"reference 3", "sizes"} | SHOWN,
    ),
    "a solver added": (
        configured(lambda config: solvers_of(config).append("finetune")),
        solve("finetune", 1, 2) | SHOWN,
    ),
    "a solver removed": (configured(lambda config: solvers_of(config).remove("ewc")), SHOWN),
    "a second seed": (
        configured(lambda config: config.update(seeds=[0, 1])),
        {"base 1"} | train("joint", 1, 2, seed=1) | evaluate("joint", 1, 2, seed=1)
        | solve("ewc", 1, 2, seed=1) | solve("replay-joint", 1, 2, seed=1) | SHOWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_edit_plans_exactly(solved: tuple[Folder, Run], tmp_path, name: str):
    folder = solved[0].clone(tmp_path / "mneme")
    edit, expected = CASES[name]
    edit(folder)
    planned = folder.plan()
    shutil.rmtree(folder.path)
    assert planned == expected, f"too many: {sorted(planned - expected)}; missing: {sorted(expected - planned)}"


def test_only_solvers_were_run(solved: tuple[Folder, Run]):
    """The chain that they replay was there."""
    assert solved[1].jobs == ALL | {"sizes"}


def test_every_task_is_tested_after_every_task(solved: tuple[Folder, Run]):
    with open(solved[0] / "results/smoke/tables/solved/classification.csv") as file:
        rows = list(csv.DictReader(file))
    cells = {(row["solver"], row["checkpoint"], row["task"]) for row in rows if row["step"] == row["steps"]}
    assert cells == {(solver, t, i) for solver in SOLVERS for t, i in (("1", "1"), ("2", "1"), ("2", "2"))}
    assert all(row["status"] == "ok" and 0 <= float(row["value"]) <= 1 and row["spec"] for row in rows)


@pytest.mark.parametrize("artefact", SOLVED_ARTEFACTS)
def test_a_figure_names_what_it_was_made_from(solved: tuple[Folder, Run], artefact: str):
    folder = solved[0]
    assert (folder / f"results/smoke/figures/solved/{artefact}.png").read_bytes().startswith(b"\x89PNG")
    sidecar = json.loads((folder / f"results/smoke/figures/solved/{artefact}.json").read_text())
    assert sidecar["specs"] and all((folder / entry["path"]).is_file() for entry in sidecar["data"])


def test_a_claim_about_solvers_is_asked(solved: tuple[Folder, Run]):
    claims = json.loads((solved[0] / "results/smoke/claims/solved.json").read_text())["claims"]
    verdicts = {claim["id"]: claim["verdict"] for claim in claims}
    assert verdicts["ewc_barely_works"] in ("reproduced", "not reproduced")  # at this tier nothing is learned
    assert verdicts["replay_beats_ewc_along_stream"] == "not run"


def test_what_is_left_behind(solved: tuple[Folder, Run]):
    folder = solved[0]
    assert not list(folder.path.glob("**/.resume-*"))
    for solver, kept in zip(SOLVERS, ({"network", "fisher", "anchor"}, {"network"}), strict=True):
        checkpoint = torch.load(folder / f"{RESULTS}/{solver}/seed0/task2/checkpoint.pt", weights_only=True)
        assert checkpoint["status"]["state"] == "ok" and set(checkpoint["state"]) == kept


def test_a_solver_ran_the_code_that_its_hash_covers(solved: tuple[Folder, Run]):
    folder = solved[0]
    source, records = (folder / "src").resolve(), [json.loads(p.read_text()) for p in (folder / "hook").glob("*.json")]
    jobs = [record for record in records if record["script"].endswith("solve.py")]
    assert len(jobs) == 4
    for record in jobs:
        spec, script = option(record, "--spec"), (folder / record["script"]).resolve()
        entries = [script, source / f"mneme/solvers/{spec['module']}.py"]
        entries += [source / "mneme/methods/gan_memory/joint.py"] if spec["chain"] else []
        covered, ran = set(closure(entries, source)), ours(record["modules"]) | {script}
        assert covered == ran, (spec["solver"], covered ^ ran)
        unwanted = {"torchvision", "torch_fidelity", "pandas", "matplotlib", "sklearn", "pydantic", "yaml"}
        assert not unwanted & set(record["modules"])
