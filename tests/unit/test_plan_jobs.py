"""Specs, inputs and names of jobs: which change when what is edited."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mneme.catalogue.catalogue import merge
from mneme.errors import UserError
from mneme.plan.check import checked_plan
from mneme.plan.job import File, Job
from mneme.plan.jobs import (
    base,
    ceiling,
    classifier,
    curve,
    evaluate,
    evolution,
    prepare,
    reference,
    reverse,
    table,
    train,
)
from mneme.plan.jobs.training import snapshot_steps
from mneme.plan.methods import learner, settings_of
from mneme.plan.plan import Plan
from mneme.plan.tasks import class_names, stream_of

ROOT = Path(__file__).parents[2]
BY_HAND = {"mergan_scenes"}  # its pictures have to be got first
METHODS = ["joint", "finetune", "gan_memory", "gan_memory-no_norm", "transfer"]
TASKS = [{"name": "a", "classes": [2]}, {"name": "b", "classes": [3, 4]}, {"name": "c", "classes": [5]}]
EXPERIMENT = {"title": "", "stream": "s", "methods": METHODS, "probes": {"curve": ["gan_memory"]}, "artefacts": []}
CONFIG = {
    "tier": "smoke",
    "experiments": ["e"],
    "catalogue": {
        "streams": {"s": {"dataset": "digits", "size": 16, "source": {"classes": [0, 1]}, "tasks": TASKS}},
        "experiments": {"e": EXPERIMENT},
    },
}


def planned(overlay: dict | None = None, **stream) -> Plan:
    config = merge(deepcopy(CONFIG), overlay or {})
    return checked_plan(merge(config, {"catalogue": {"streams": {"s": stream}}}), ROOT)


def spec(job: Job) -> dict[str, Any]:
    """All that defines a job's result, as its script gets it."""
    return json.loads(job.text)


def paths(value: Any) -> Any:
    """The inputs of a job, each file as its path."""
    if isinstance(value, Job):
        return paths(value.inputs)
    if isinstance(value, File):
        return value.path
    return {k: paths(v) for k, v in value.items()} if isinstance(value, dict) else list(map(paths, value))


def steps_of_task(index: int, steps: int) -> dict:
    tasks = deepcopy(TASKS)
    tasks[index - 1]["settings"] = {"steps": steps}
    return {"tasks": tasks}


def jobs(plan: Plan) -> dict[tuple[str, int], str]:
    """(method, task) -> hash of the training job."""
    hashes = {("base", 0): base.of_stream(plan, "s", 0).hash}
    return hashes | {(m, task): train.job(plan, "s", m, 0, task).hash for m in METHODS for task in (1, 2, 3)}


def changed(before: Plan, after: Plan) -> set[tuple[str, int]]:
    old, new = jobs(before), jobs(after)
    return {job for job in old if old[job] != new[job]}


# ---- lineage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edited", [1, 2, 3])
def test_steps_of_a_task(edited):
    """A chain is trained from the edited task on; methods without chain, that task only."""
    expected = {(method, edited) for method in METHODS} | {("finetune", task) for task in range(edited, 4)}
    assert changed(planned(), planned(**steps_of_task(edited, 5))) == expected


def test_the_base_changes_everything():
    everything = set(jobs(planned()))
    assert changed(planned(), planned(settings={"base": {"steps": 5}})) == everything
    assert changed(planned(), planned(source={"classes": [0]})) == everything


def test_settings_of_one_method_are_its_own():
    expected = {(method, task) for method in ("gan_memory", "gan_memory-no_norm") for task in (1, 2, 3)}
    assert changed(planned(), planned(settings={"gan_memory": {"lr": 0.5}})) == expected


def test_another_tier_another_title_and_another_experiment_change_nothing():
    overlay = {"catalogue": {"datasets": {"digits": {"title": "x", "licence": "y"}}}, "save_every": 1.0, "mirror": "m"}
    assert not changed(planned(), planned(overlay, tiers={"paper": {"finetune": {"steps": 3}}}, title="x"))
    assert not changed(
        planned(), planned({"catalogue": {"experiments": {"e": {"title": "x", "methods": METHODS[:4]}}}})
    )


def test_a_task_appended_changes_nothing_before_it():
    assert not changed(planned(), planned(tasks=[*TASKS, {"name": "d", "classes": [6]}]))


def test_how_images_are_made_changes_everything_flips_only_training():
    fit, flip = ({"catalogue": {"datasets": {"digits": value}}} for value in ({"fit": "pad"}, {"flip": True}))
    assert changed(planned(), planned(fit)) == changed(planned(), planned(flip)) == set(jobs(planned()))
    for task in (0, 1, 2, 3):
        real = [reference.job(planned(overlay), "s", task, "classifier").text for overlay in ({}, fit, flip)]
        assert real[0] != real[1] and real[0] == real[2]
    usual, flipped, fitted = (classifier.of_stream(planned(overlay), "s").text for overlay in ({}, flip, fit))
    assert usual == flipped != fitted


def test_seeds_differ_everywhere_but_in_evaluators():
    plan = planned({"seeds": [0, 1]})
    for method in METHODS:
        assert train.job(plan, "s", method, 0, 1).hash != train.job(plan, "s", method, 1, 1).hash
    assert reference.job(plan, "s", 1, "classifier").spec.seed == classifier.of_stream(plan, "s").spec.seed == 0


def test_a_spec_holds_the_hash_of_what_it_starts_from():
    plan = planned()
    start = base.of_stream(plan, "s", 0).hash
    first, second = (train.job(plan, "s", "finetune", 0, task) for task in (1, 2))
    assert (spec(first)["previous"], spec(second)["previous"]) == (start, first.hash) and "base" not in spec(first)
    assert [spec(train.job(plan, "s", "gan_memory", 0, task))["base"] for task in (1, 2, 3)] == [start] * 3
    measured = spec(evaluate.job(plan, "s", "gan_memory", 0, 2))
    assert measured["checkpoints"] == {str(task): train.job(plan, "s", "gan_memory", 0, task).hash for task in (1, 2)}
    assert list(spec(evaluate.job(plan, "s", "finetune", 0, 2))["checkpoints"]) == ["2"]
    assert measured["classifier"] == classifier.of_stream(plan, "s").hash


RIVALS = ["sft", "ewc", "ewc-sigmoid", "mergan_jtr", "mergan_ra", "dgr"]


def rivals(**stream) -> Plan:
    return planned({"catalogue": {"experiments": {"e": {"methods": RIVALS, "probes": {"curve": []}}}}}, **stream)


def test_methods_that_begin_alike_share_task_1():
    plan = rivals()
    first = {method: train.of_chain(plan, "s", method, 0, 1).outputs["checkpoint"] for method in RIVALS}
    shared = "results/smoke/s/sft/seed0/task1/checkpoint.pt"
    own = "results/smoke/s/dgr/seed0/task1/checkpoint.pt"
    assert first == dict.fromkeys(RIVALS, shared) | {"dgr": own}
    begun = {method: train.of_chain(plan, "s", method, 0, 1).hash for method in RIVALS}
    assert all(begun[method] == begun["sft"] for method in RIVALS if method != "dgr")
    second = train.job(plan, "s", "ewc", 0, 2)
    assert spec(second)["previous"] == begun["sft"] and second.spec.module == "mneme.methods.mergan.ewc"
    assert paths(second)["previous"] == shared
    assert paths(curve.job(plan, "s", "ewc", 0, 1))["snapshots"] == shared.replace("checkpoint", "snapshots")
    then = train.of_chain(plan, "s", "ewc", 0, 2).outputs["checkpoint"]
    assert then == "results/smoke/s/ewc/seed0/task2/checkpoint.pt"
    assert evaluate.job(plan, "s", "ewc", 0, 1).spec.method == "ewc"


@pytest.mark.parametrize("tier", ["smoke", "demo", "night", "paper"])
def test_the_experiments_share_task_1(tier):
    """In everyone's settings files, and on every stream: one that differs from its first's would train for itself."""
    names = [path.stem for path in (ROOT / "config/experiments").glob("mergan_*.yaml") if path.stem not in BY_HAND]
    plan = checked_plan({"tier": tier, "experiments": names}, ROOT)
    for name, experiment in plan.experiments.items():
        for method in {"ewc", "mergan_jtr", "mergan_ra"} & set(experiment.methods):
            assert learner(plan, experiment.stream, method, 1) == "sft", (name, method)


def test_another_setting_of_task_1_ends_the_sharing():
    plan = rivals(settings={"ewc": {"lr": 0.5}, "mergan_ra": {"alignment": 0.5}})
    learners = {method: learner(plan, "s", method, 1) for method in RIVALS}
    assert learners == {**dict.fromkeys(RIVALS, "sft"), "ewc": "ewc", "ewc-sigmoid": "ewc-sigmoid", "dgr": "dgr"}


@pytest.mark.parametrize(
    ("steps", "count", "spacing", "expected"),
    [
        (1000, 4, "log", [1, 10, 100, 1000]),
        (1000, 4, "even", [250, 500, 750, 1000]),
        (8, 8, "log", [1, 2, 3, 4, 6, 8]),  # two fall on step 1, two on 2
        (5, 1, "log", [5]),
        (5, 0, "log", []),
    ],
)
def test_when_a_generator_is_kept(steps, count, spacing, expected):
    assert snapshot_steps(steps, count, spacing) == expected


def test_probes_are_asked_for_by_the_experiment():
    config = {"methods": RIVALS, "probes": {"curve": [], "reverse": ["sft"], "evolution": ["ewc"]}}
    plan = planned({"catalogue": {"experiments": {"e": config}}})
    inputs = paths(table.job(plan, "e"))
    assert "results/smoke/s/sft/seed0/task3/reverse.json" in inputs["evaluations"]
    assert sum("reverse" in path for path in inputs["evaluations"]) == 1  # after the last task only, at this tier
    assert inputs["curves"] == ["results/smoke/s/ewc/seed0/task2/evolution.json"]
    watched = evolution.job(plan, "s", "ewc", 0, 2).spec
    assert watched.task["index"] == 1 and watched.chain["tasks"][-1]["index"] == 2
    assert watched.chain["snapshots"] == [1, 2, 3, 4]
    assert spec(reverse.job(plan, "s", "sft", 0, 3))["ceiling"] == ceiling.job(plan, "s", 3).hash
    after = planned(
        {
            "catalogue": {
                "experiments": {"e": config},
                "evaluation": {"reverse": {"settings": {"after": [2, 9]}, "tiers": {"smoke": {"after": [2, 9]}}}},
            }
        }
    )
    assert reverse.checkpoints(after, "s", 3) == [2, 3]


@pytest.mark.parametrize(
    ("experiment", "asking"),
    [
        ({"methods": ["sft", "classifier_finetune"], "probes": {}}, "methods: classifier_finetune"),
        ({"methods": ["sft"], "probes": {"reverse": ["sft"]}}, "probes.reverse"),
    ],
)
def test_no_test_image_that_was_trained_on_is_asked_about(experiment, asking):
    with pytest.raises(
        UserError, match=f": {asking} is asked about test images, which stream s trains on; leave it out"
    ):
        planned({"catalogue": {"experiments": {"e": experiment}}}, hold_out=False)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"settings": {"classes": 50}}, "'classes: 50' of dgm_w is more than its 'noise: 16' at tier smoke"),
        ({"ranges": {"cyle": "above_zero"}}, "ranges: unknown setting 'cyle' .did you mean 'cycle'"),
        ({"at_most": {"classes": "noize"}}, "at_most: unknown setting 'noize' .did you mean 'noise'"),
        ({"choices": {"netwrk": ["dcgan"]}}, "choices: unknown setting 'netwrk' .did you mean 'network'"),
        ({"keeps_by": ["memry"]}, "keeps_by: unknown setting 'memry' .did you mean 'memory'"),
    ],
)
def test_a_setting_that_exceeds_its_bound_is_refused(method, words):
    experiment = {"methods": ["dgm_w"], "probes": {}}
    with pytest.raises(UserError, match=words):
        planned({"catalogue": {"methods": {"dgm_w": method}, "experiments": {"e": experiment}}})


@pytest.mark.parametrize(
    ("method", "setting"),
    [
        *(("mergan_ra", setting) for setting in ({"width": 4}, {"noise": 9}, {"classes": 11})),
        *(("classifier_ewc", setting) for setting in ({"network": "resnet18"}, {"features": 9}, {"augment": True})),
        *(("ewc_s", setting) for setting in ({"hidden": 9}, {"classes": 11}, {"augment": True})),
        ("icarl", {"augment": True}),
    ],
)
def test_a_task_that_other_networks_go_on_with_is_refused(method, setting):
    experiment = {"catalogue": {"experiments": {"e": {"methods": [method], "probes": {"curve": []}}}}}
    planned(experiment, source=None)
    (name, value), tasks = next(iter(setting.items())), [TASKS[0], {**TASKS[1], "settings": setting}]
    with pytest.raises(UserError, match=rf"tasks\.1\.settings: '{name}: {value}', but {method} goes on with the net"):
        planned(experiment, source=None, tasks=tasks)


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        (
            {"methods": ["joint"], "streams": ["digits_1"]},
            r"needs.streams: unknown stream 'digits_1' \(did you mean 'digits_10'",
        ),
        ({"methods": ["jont"]}, r"needs.methods: unknown method 'jont' \(did you mean 'joint'"),
        ({"methods": ["joint-x"]}, "needs.methods: joint has no variant 'x'"),
        ({"methods": ["finetune"]}, r"predicate: 'joint' is not among needs.methods \(known: finetune\); correct it"),
    ],
)
def test_a_claim_that_could_never_be_asked_is_refused(needs, words):
    claim = {"id": "a", "where": "", "statement": "", "published": "", "predicate": {"identical": {"method": "joint"}}}
    paper = {"title": "", "methods": {}, "published": [], "claims": [claim | {"needs": needs}]}
    overlay = {"experiments": {"e": {"paper": "mine"}}, "papers": {"mine": paper}}
    with pytest.raises(UserError, match=f"^catalogue.papers.mine of your config: claim 'a': {words}"):
        planned({"catalogue": overlay})


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("icarl", {"memory": 1000}, "icarl: 'per_class: 2' and 'memory: 1000' contradict each other at tier smoke"),
        ("pi_s", {"per_class": 0}, "pi_s: per_class and memory are 0 at tier smoke, but real samples are kept"),
        ("dgm_w", {"ratio": 0.1, "memory": 9, "keeps": True}, "'ratio: 0.1' and 'memory: 9' contradict each other"),
        ("dgm_w", {"ratio": 0.1}, "dgm_w: 'ratio: 0.1' without 'keeps: true' at tier smoke; set both, or neither"),
        ("dgm_a", {"keeps": True}, "dgm_a: ratio and memory are 0 at tier smoke, but real samples are kept"),
    ],
)
def test_contradictory_settings_of_kept_samples_are_refused(method, settings, words):
    experiment = {"methods": [method], "probes": {}}
    with pytest.raises(UserError, match=f"^catalogue.streams.s of your config: .*{words}"):
        planned({"catalogue": {"experiments": {"e": experiment}}}, settings={method: settings})


def test_fifty_classes_fit_at_every_tier():
    checked_plan({"experiments": ["dgm_digits_5x10"]}, ROOT)


def test_joint_training_is_anew_on_5_and_on_10_classes_with_steps_to_match():
    """MeRGAN's Table 1; 40,001 iterations on ten classes of MNIST, 80,001 of SVHN."""
    plan = checked_plan({"tier": "paper", "experiments": ["mergan_mnist", "mergan_svhn"]}, ROOT)
    for stream, each in (("mnist_10", 4000), ("svhn_10", 8000)):
        for t in (5, 10):
            job = train.job(plan, stream, "jt", 0, t)
            assert (len(job.spec.tasks), job.spec.steps) == (t, t * each) and "previous" not in job.inputs
            assert list(evaluate.job(plan, stream, "jt", 0, t).inputs["checkpoints"]) == [t]
    assert evaluate.job(plan, "mnist_10", "jt", 0, 10).spec.accuracy == 6400


# ---- overlays --------------------------------------------------------------------------------------------------------


def test_published_tier_stream_stream_at_tier_variant_task():
    """Each overlay sets one setting more than the next; the last one that sets it wins."""
    method = {
        "settings": dict.fromkeys("abcdef", 1),
        "tiers": {"smoke": dict.fromkeys("bcdef", 2), "demo": {"a": 9}},
        "variants": {"v": dict.fromkeys("ef", 5)},
    }
    overlay = {
        "catalogue": {
            "methods": {"gan_memory": method},
            "experiments": {"e": {"methods": ["gan_memory-v", "gan_memory"], "probes": {"curve": []}}},
        }
    }
    stream = {
        "settings": {"gan_memory": dict.fromkeys("cdef", 3)},
        "tiers": {"smoke": {"gan_memory": dict.fromkeys("def", 4)}, "paper": {"gan_memory": {"a": 9}}},
        "tasks": [{**TASKS[0], "settings": {"f": 6}}, *TASKS[1:]],
    }
    plan = planned(overlay, **stream)
    values = lambda name, task: [settings_of(plan, "s", name, task)[key] for key in "abcdef"]  # noqa: E731
    assert values("gan_memory-v", 1) == [1, 2, 3, 4, 5, 6]
    assert values("gan_memory-v", 2) == [1, 2, 3, 4, 5, 5]
    assert values("gan_memory", 2) == [1, 2, 3, 4, 4, 4]
    paper = settings_of(plan, "s", "gan_memory", 2, "paper")
    assert [paper[key] for key in "abcdef"] == [9, 1, 3, 3, 3, 3]


def test_the_budget_of_joint_training_grows():
    plan = planned(settings={"joint": {"steps": 7}, "finetune": {"steps": 7}})
    assert [train.job(plan, "s", "joint", 0, task).spec.steps for task in (1, 2, 3)] == [7, 14, 21]
    assert [train.job(plan, "s", "finetune", 0, task).spec.steps for task in (1, 2, 3)] == [7, 7, 7]


@pytest.mark.parametrize("steps, count, kept", [(10, 2, [5, 10]), (10, 3, [3, 6, 10]), (2, 5, [1, 2]), (9, 0, [])])
def test_snapshots_are_spread_evenly_and_end_with_the_last_step(steps, count, kept):
    plan = planned(settings={"transfer": {"steps": steps, "snapshots": count}})
    assert train.job(plan, "s", "transfer", 0, 1).spec.snapshots == kept


# ---- inputs ----------------------------------------------------------------------------------------------------------

DATA = "data/prepared/digits-16px.pt"
SEED = "results/smoke/s/{}/seed0/task{}/checkpoint.pt"
BASE = "results/smoke/bases/digits-0_1-16px/seed0/checkpoint.pt"


@pytest.mark.parametrize(
    "method, task, inputs",
    [
        ("finetune", 1, {"previous": BASE}),
        ("finetune", 2, {"previous": SEED.format("finetune", 1)}),
        ("gan_memory", 1, {"base": BASE}),
        ("gan_memory", 3, {"base": BASE}),
        ("joint", 3, {"previous": BASE}),
    ],
)
def test_inputs_follow_from_the_contract(method, task, inputs):
    assert paths(train.job(planned(), "s", method, 0, task)) == {"data": {"digits": DATA}, **inputs}


def test_joint_training_sees_the_data_of_all_tasks_others_their_own():
    tasks = [TASKS[0], {"name": "m", "dataset": "mnist", "classes": [1]}]
    plan = planned(tasks=tasks)
    digits, mnist = {"digits": DATA}, {"mnist": "data/prepared/mnist-16px.pt"}
    assert paths(train.job(plan, "s", "joint", 0, 2))["data"] == digits | mnist
    assert paths(train.job(plan, "s", "finetune", 0, 2))["data"] == mnist
    assert paths(train.job(plan, "s", "gan_memory", 0, 1))["data"] == digits
    assert list(spec(train.job(plan, "s", "joint", 0, 2))["data"]) == ["digits", "mnist"]
    assert list(spec(train.job(plan, "s", "finetune", 0, 2))["data"]) == ["mnist"]


@pytest.mark.parametrize(
    "method, memory", [("finetune", [3]), ("joint", [3]), ("gan_memory", [1, 2, 3]), ("transfer", [1, 2, 3])]
)
def test_a_model_after_three_tasks_is(method, memory):
    inputs = paths(evaluate.job(planned(), "s", method, 0, 3))
    assert inputs["checkpoints"] == {task: SEED.format(method, task) for task in memory}
    assert inputs["references"] == {task: f"results/smoke/s/real/task{task}/classifier.pt" for task in (1, 2, 3)}
    assert ("base" in inputs) == (method == "gan_memory")


def test_a_table_asks_for_every_checkpoint_and_the_chosen_curves():
    inputs = paths(table.job(planned({"seeds": [0, 3]}), "e"))
    assert len(set(inputs["evaluations"])) == len(inputs["evaluations"]) == len(METHODS) * 2 * 3
    curve = "results/smoke/s/gan_memory/seed{}/task{}/curve.json"
    assert inputs["curves"] == [curve.format(seed, task) for seed in (0, 3) for task in (1, 2, 3)]


# ---- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source, name",
    [
        ({"classes": [0, 1]}, "digits-0_1-16px"),
        ({"classes": None}, "digits-16px"),
        ({"dataset": "mnist", "classes": None}, "mnist-16px"),
        ({"dataset": "cifar10", "classes": ["cat", "dog"]}, "cifar10-cat_dog-16px"),
    ],
)
def test_a_base_is_called_after_its_data(source, name):
    assert base.name_of(planned(source=source), "s") == name


def test_a_long_list_of_classes_is_counted_and_hashed():
    classes = ["pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag"]
    name = base.name_of(planned(source={"dataset": "fashion_mnist", "classes": classes}), "s")
    assert name.startswith("fashion_mnist-7classes-") and name.endswith("-16px")
    other = planned(source={"dataset": "fashion_mnist", "classes": [*classes[:-1], "trouser"]})
    assert name != base.name_of(other, "s")


def test_a_grey_source_in_a_colour_stream_is_another_base():
    plan = planned(tasks=[{"name": "a", "dataset": "cifar10", "classes": [0]}])
    assert stream_of(plan, "s").channels == 3 and base.name_of(plan, "s") == "digits-0_1-16px-rgb"


def test_offsets_number_the_classes_of_all_datasets():
    plan = planned(tasks=[TASKS[0], {"name": "m", "dataset": "cifar10", "classes": [1]}])
    assert classifier.offsets(plan, "s") == {"cifar10": 0, "digits": 10}
    assert classifier.of_stream(plan, "s").outputs["output"] == "results/smoke/classifiers/cifar10+digits-16px-3ch.pt"


def test_streams_that_share_a_base_agree_on_it():
    other = {
        "streams": {"z": CONFIG["catalogue"]["streams"]["s"]},
        "experiments": {"f": {**EXPERIMENT, "stream": "z"}},
    }
    both = {"experiments": ["e", "f"], "catalogue": other}
    plan = planned(both)
    one, other = (base.of_stream(plan, stream, 0) for stream in "sz")
    assert one.outputs == other.outputs and one.hash == other.hash
    with pytest.raises(UserError, match="two streams train the base GAN 'digits-0_1-16px' with different settings"):
        planned(both, settings={"base": {"steps": 3}})


# ---- a user's own pictures -------------------------------------------------------------------------------------------


def test_own_pictures_count_by_content(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for label in ("ape", "bee"):
        (tmp_path / "mine" / label).mkdir(parents=True)
        Image.new("RGB", (4, 4), (len(label), 2, 3)).save(tmp_path / "mine" / label / "1.png")
    overlay = {"catalogue": {"datasets": {"mine": {"format": "image_folder", "path": "mine", "flip": True}}}}

    def plan() -> Plan:
        return planned(overlay, tasks=[{"name": "a", "dataset": "mine", "classes": ["bee"]}])

    first = plan()
    assert class_names(first, "mine") == ["ape", "bee"] and stream_of(first, "s")[0].flip
    job = prepare.job(first, "mine", 16)
    assert paths(job) == {"source": "mine"}
    (tmp_path / "mine/ape/1.png").touch()
    assert prepare.job(plan(), "mine", 16).hash == job.hash
    Image.new("RGB", (4, 4)).save(tmp_path / "mine/ape/1.png")
    assert prepare.job(plan(), "mine", 16).hash != job.hash
    assert prepare.job(first, "mine", 16).hash == job.hash  # one plan, one answer
