"""Specs and inputs of solvers; which methods can be asked for a class, read as text."""

import importlib

import pytest
from test_plan_jobs import BASE, DATA, ROOT, TASKS, paths, planned, spec

from mneme.catalogue.catalogue import Catalogue
from mneme.plan import code
from mneme.plan.job import Job
from mneme.plan.jobs import download, solve, train
from mneme.plan.plan import Plan
from mneme.settings import Settings

REPLAY = "replay-gan_memory-conditional"
METHODS = ["joint", "gan_memory-conditional", "finetune"]
SOLVED = "results/smoke/s/solvers/{}/seed0/task{}/checkpoint.pt"


def solving(overlay: dict | None = None, **stream) -> Plan:
    experiment = {"methods": METHODS, "probes": {"curve": []}, "solvers": ["joint", "ewc", REPLAY, "replay-joint"]}
    return planned({"catalogue": {"experiments": {"e": experiment}}, **(overlay or {})}, **stream)


def job(plan: Plan, solver: str, task: int) -> Job:
    return solve.job(plan, "s", solver, 0, task)


def test_inputs_of_solvers():
    plan = solving()
    styles = {k: f"results/smoke/s/gan_memory-conditional/seed0/task{k}/checkpoint.pt" for k in (1, 2)}
    data = {"data": {"digits": DATA}}
    assert paths(job(plan, REPLAY, 1)) == data
    assert paths(job(plan, "ewc", 3)) == data | {"previous": SOLVED.format("ewc", 2)}
    assert paths(job(plan, REPLAY, 3)) == data | {
        "previous": SOLVED.format(REPLAY, 2),
        "base": BASE,
        "checkpoints": styles,
    }
    last = {2: "results/smoke/s/joint/seed0/task2/checkpoint.pt"}
    assert paths(job(plan, "replay-joint", 3))["checkpoints"] == last


def test_a_solvers_spec_holds_what_it_starts_from_and_whom_it_replays():
    plan = solving()
    second, third = job(plan, REPLAY, 2), spec(job(plan, REPLAY, 3))
    assert third["previous"] == second.hash
    trained = [train.job(plan, "s", "gan_memory-conditional", 0, task) for task in (1, 2)]
    assert third["checkpoints"] == {str(k): one.hash for k, one in enumerate(trained, 1)}
    assert third["chain"] == spec(trained[1])
    first = spec(job(plan, REPLAY, 1))
    assert first["chain"] is None and "checkpoints" not in first


def hashes(plan: Plan) -> dict[tuple[str, int], str]:
    names = ["joint", "ewc", REPLAY, "replay-joint"]
    return {(name, task): job(plan, name, task).hash for name in names for task in (1, 2, 3)}


def changed(before: Plan, after: Plan) -> set[tuple[str, int]]:
    old, new = hashes(before), hashes(after)
    return {job for job in old if old[job] != new[job]}


def test_what_changes_a_solver():
    assert not changed(solving(), solving(tasks=[*TASKS, {"name": "d", "classes": [6]}]))
    tasks = [TASKS[0], {**TASKS[1], "settings": {"steps": 5}}, TASKS[2]]
    assert changed(solving(), solving(tasks=tasks)) == {(REPLAY, 3), ("replay-joint", 3)}
    assert changed(solving(), solving(settings={"gan_memory": {"lr": 0.5}})) == {(REPLAY, 2), (REPLAY, 3)}


def test_published_weights_are_what_the_first_task_of_a_resnet_starts_from(tmp_path):
    (tmp_path / "w.pth").touch()
    for tier, used in (("smoke", False), ("paper", True)):
        plan = solving({"tier": tier, "resnet18_weights": str(tmp_path / "w.pth")})
        checksum = plan.catalogue.evaluation.resnet18.checksum if used else None
        assert [job(plan, "ewc", task).spec.weights for task in (1, 2)] == [checksum, None]
        assert ("resnet18_weights" in job(plan, "ewc", 1).inputs) == used
    fetched = paths(job(solving({"tier": "paper", "resnet18_weights": "download"}), "ewc", 1))
    assert fetched["resnet18_weights"] == "data/downloads/resnet18/resnet18-f37072fd.pth"


def test_the_download_of_weights_is_planned():
    options = download.job(solving(), "resnet18/resnet18-f37072fd.pth").options
    assert (options["dataset"], options["licence"], options["bytes"]) == ("resnet18", "BSD-3-Clause", "46830571")


def methods() -> list[tuple[str, dict]]:
    """(module, settings) of every method and variant."""
    found = []
    catalogue = Catalogue({"experiments": ["x"]}, ROOT / "config")
    for name in catalogue.names("methods"):
        config = catalogue.method(name, "tests")
        found += [(config.module, {**config.settings, **variant}) for variant in ({}, *config.variants.values())]
    return found


def conditional(module: str, settings: dict) -> bool:
    """What the plan reads from the text of a method's class."""
    answer = code.class_constants(code.method_file(module, ROOT / "src"), ROOT / "src").get("CONDITIONAL", False)
    return settings[answer.name] if isinstance(answer, code.Setting) else answer


@pytest.mark.parametrize("module, settings", methods())
def test_conditional_as_text_is_conditional_as_code(module, settings):
    name = code.module_name(code.method_file(module, ROOT / "src"), ROOT / "src")
    cls = getattr(importlib.import_module(name), "".join(word.title() for word in module.split("_")))
    method = cls.__new__(cls)
    method.settings = Settings(settings)
    assert conditional(module, settings) == method.CONDITIONAL


def test_some_methods_are_conditional_and_some_are_not():
    assert {conditional(module, settings) for module, settings in methods()} == {True, False}
