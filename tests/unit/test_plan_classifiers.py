"""Specs and inputs of classifiers; shared first tasks; which tasks an experiment measures; constants read as text."""

import importlib

import pytest
from test_plan_jobs import BASE, DATA, ROOT, TASKS, paths, planned, spec

from mneme.catalogue.catalogue import Catalogue
from mneme.errors import UserError
from mneme.plan import code
from mneme.plan.job import Job
from mneme.plan.jobs import curve, download, evaluate, train
from mneme.plan.jobs.measured import measured_after, measurements
from mneme.plan.methods import learner
from mneme.plan.plan import Plan
from mneme.settings import Settings

REPLAY = "replay-gan_memory-conditional"
GENERATORS = ["joint", "gan_memory-conditional", "finetune"]
CLASSIFIERS = ["classifier_joint", "classifier_ewc", REPLAY, "replay-joint"]
LEARNED = "results/smoke/s/{}/seed0/task{}/checkpoint.pt"


def classifying(overlay: dict | None = None, **stream) -> Plan:
    experiment = {"methods": [*GENERATORS, *CLASSIFIERS], "probes": {"curve": [*CLASSIFIERS]}}
    return planned({"catalogue": {"experiments": {"e": experiment}}, **(overlay or {})}, **stream)


def job(plan: Plan, method: str, task: int) -> Job:
    return train.of_chain(plan, "s", method, 0, task)


def test_inputs_of_classifiers():
    plan, data = classifying(), {"data": {"digits": DATA}}
    styles = {k: LEARNED.format("gan_memory-conditional", k) for k in (1, 2)}
    assert paths(job(plan, REPLAY, 1)) == data
    assert paths(job(plan, "classifier_ewc", 3)) == data | {"previous": LEARNED.format("classifier_ewc", 2)}
    assert paths(job(plan, REPLAY, 3)) == data | {
        "previous": LEARNED.format(REPLAY, 2),
        "replayed_base": BASE,
        "replayed": styles,
    }
    assert paths(job(plan, "replay-joint", 3))["replayed"] == {2: LEARNED.format("joint", 2)}
    assert paths(evaluate.job(plan, "s", REPLAY, 0, 2)) == data | {"checkpoints": {2: LEARNED.format(REPLAY, 2)}}
    kept = LEARNED.format("classifier_ewc", 2).replace("checkpoint", "snapshots")
    assert paths(curve.job(plan, "s", "classifier_ewc", 0, 2)) == data | {"snapshots": kept}


def test_a_classifiers_spec_holds_what_it_starts_from_and_whom_it_replays():
    plan = classifying()
    second, third = job(plan, REPLAY, 2), spec(job(plan, REPLAY, 3))
    assert third["previous"] == second.hash
    trained = [train.job(plan, "s", "gan_memory-conditional", 0, task) for task in (1, 2)]
    assert third["replayed"] == {str(k): one.hash for k, one in enumerate(trained, 1)}
    assert third["chain"] == spec(trained[1])
    first = spec(job(plan, REPLAY, 1))
    assert first["chain"] is None and "replayed" not in first


def hashes(plan: Plan) -> dict[tuple[str, int], str]:
    return {(name, task): job(plan, name, task).hash for name in CLASSIFIERS for task in (1, 2, 3)}


def changed(before: Plan, after: Plan) -> set[tuple[str, int]]:
    old, new = hashes(before), hashes(after)
    return {one for one in old if old[one] != new[one]}


def test_what_changes_a_classifier():
    assert not changed(classifying(), classifying(tasks=[*TASKS, {"name": "d", "classes": [6]}]))
    of_generator = {"settings": {"gan_memory": {"lr": 0.5}}}
    assert changed(classifying(), classifying(**of_generator)) == {(REPLAY, 2), (REPLAY, 3)}
    other = classifying(settings={"joint": {"lr": 0.5}})
    assert changed(classifying(), other) == {("replay-joint", 2), ("replay-joint", 3)}


def test_published_weights_are_what_the_first_task_of_a_resnet_starts_from(tmp_path):
    (tmp_path / "w.pth").touch()
    for tier, used in (("smoke", False), ("paper", True)):
        plan = classifying({"tier": tier, "resnet18_weights": str(tmp_path / "w.pth")})
        checksum = plan.catalogue.evaluation.resnet18.checksum if used else None
        assert [job(plan, "classifier_ewc", task).spec.weights for task in (1, 2)] == [checksum, None]
        assert ("resnet18_weights" in job(plan, "classifier_ewc", 1).inputs) == used
    fetched = paths(job(classifying({"tier": "paper", "resnet18_weights": "download"}), "classifier_ewc", 1))
    assert fetched["resnet18_weights"] == "data/downloads/resnet18/resnet18-f37072fd.pth"


def test_the_download_of_weights_is_planned():
    options = download.job(classifying(), "resnet18/resnet18-f37072fd.pth").options
    assert (options["dataset"], options["licence"], options["bytes"]) == ("resnet18", "BSD-3-Clause", "46830571")


@pytest.mark.parametrize("artefacts", [["replays"], []])
def test_what_gives_no_images_cannot_be_replayed(artefacts):
    methods = ["classifier_finetune", "replay-classifier_finetune"]
    experiment = {"methods": methods, "probes": {"curve": []}, "artefacts": artefacts}
    tasks = [{"name": "a", "classes": [2]}, {"name": "b", "classes": [3]}]
    with pytest.raises(UserError, match="replays 'classifier_finetune', which gives no images"):
        planned({"catalogue": {"experiments": {"e": experiment}}}, tasks=tasks)


# ---- first tasks that methods share ----------------------------------------------------------------------------------


def test_a_variant_shares_task_1_where_its_settings_have_no_effect_on_it():
    """DGR's weight of the new task is 1 in the first, whatever the later ones will be."""
    plan = planned(
        {"catalogue": {"experiments": {"e": {"methods": ["dgr", "dgr-one_over_t"], "probes": {"curve": []}}}}}
    )
    assert learner(plan, "s", "dgr-one_over_t", 1) == "dgr"
    assert learner(plan, "s", "dgr-one_over_t", 2) == "dgr-one_over_t"
    unlike = {"catalogue": {"methods": {"dgr": {"variants": {"one_over_t": {"solver_lr": 0.5}}}}}}
    assert learner(planned(unlike), "s", "dgr-one_over_t", 1) == "dgr-one_over_t"


def test_classifiers_that_replay_share_task_1_with_fine_tuning():
    plan = classifying()
    assert {learner(plan, "s", name, 1) for name in (REPLAY, "replay-joint")} == {"classifier_finetune"}
    assert learner(plan, "s", "classifier_ewc", 1) == "classifier_ewc"  # its task 1 keeps Fisher information


# ---- which tasks an experiment measures ------------------------------------------------------------------------------


def measured(plan: Plan) -> set[tuple[str, int]]:
    return {(one.spec.method, one.spec.checkpoint) for one in measurements(plan, "e")["evaluate"]}


def test_an_experiment_looks_at_the_first_tasks_and_at_bounds_where_they_are_shown():
    def experiment(**keys):
        return {"catalogue": {"experiments": {"e": {"methods": ["jt", "sft"], "probes": {"curve": []}, **keys}}}}

    every = {(method, task) for method in ("jt", "sft") for task in (1, 2, 3)}
    assert measured(planned(experiment())) == every
    assert measured(planned(experiment(tasks=2))) == {one for one in every if one[1] < 3}
    assert measured(planned(experiment(bounds_after=[1]))) == every - {("jt", 2)}
    assert measured_after(planned(experiment(bounds_after=[])), "e", "jt") == [3]
    assert measured_after(planned(experiment(bounds_after=[2, 3], tasks=2)), "e", "jt") == [2]
    with pytest.raises(UserError, match="'tasks: 4' of stream s, which has 3; lower it"):
        planned(experiment(tasks=4))


# ---- constants that may be settings ----------------------------------------------------------------------------------


def methods() -> list[tuple[str, dict]]:
    """(module, settings) of every method and variant."""
    found = []
    catalogue = Catalogue({"experiments": ["x"]}, ROOT / "config")
    for name in catalogue.names("methods"):
        config = catalogue.method(name, "tests")
        found += [(name, {**config.settings, **variant}) for variant in ({}, *config.variants.values())]
    return found


SETTABLE = ("CONDITIONAL", "KEEPS", "PRETRAINED")


def constant(module: str, settings: dict, name: str = "CONDITIONAL") -> object:
    """What the plan reads from the text of a method's class."""
    answer = code.class_constants(code.method_file(module, ROOT / "src"), ROOT / "src")[name]
    return settings[answer.name] if isinstance(answer, code.Setting) else answer


@pytest.mark.parametrize("module, settings", methods())
def test_constants_as_text_are_those_of_the_code(module, settings):
    name = code.module_name(code.method_file(module, ROOT / "src"), ROOT / "src")
    cls = getattr(importlib.import_module(name), "".join(word.title() for word in module.split("_")))
    method = cls.__new__(cls)
    method.settings = Settings(settings)
    for word in SETTABLE:
        assert constant(module, settings, word) == getattr(method, word), word


def test_some_methods_are_conditional_and_some_are_not():
    assert {constant(module, settings) for module, settings in methods()} == {True, False}
