"""Specs, inputs and names of jobs: which change when what is edited."""

from copy import deepcopy
from pathlib import Path

import pytest
from PIL import Image

from mneme.catalogue.catalogue import merge
from mneme.errors import UserError
from mneme.plan.inputs import files, options
from mneme.plan.jobs import Plan
from mneme.plan.training import snapshot_steps
from mneme.spec import spec_hash

ROOT = Path(__file__).parents[2]
BY_HAND = {"mergan_scenes"}  # its pictures have to be got first
METHODS = ["joint", "finetune", "gan_memory", "gan_memory-no_norm", "transfer"]
TASKS = [{"name": "a", "classes": [2]}, {"name": "b", "classes": [3, 4]}, {"name": "c", "classes": [5]}]
EXPERIMENT = {"title": "", "stream": "s", "methods": METHODS, "curves": ["gan_memory"], "artefacts": []}
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
    return Plan(merge(config, {"catalogue": {"streams": {"s": stream}}}), ROOT)


def steps_of_task(index: int, steps: int) -> dict:
    tasks = deepcopy(TASKS)
    tasks[index - 1]["settings"] = {"steps": steps}
    return {"tasks": tasks}


def jobs(plan: Plan) -> dict[tuple[str, int], str]:
    """(method, task) -> hash of the train spec."""
    hashes = {("base", 0): spec_hash(plan.base_spec("s", 0))}
    return hashes | {
        (method, task): spec_hash(plan.train_spec("s", method, 0, task)) for method in METHODS for task in (1, 2, 3)
    }


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
        real = [planned(overlay).reference_spec("s", task, "classifier") for overlay in ({}, fit, flip)]
        assert real[0] != real[1] and real[0] == real[2]
    assert planned().classifier_spec("s") == planned(flip).classifier_spec("s") != planned(fit).classifier_spec("s")


def test_seeds_differ_everywhere_but_in_what_judges():
    plan = planned({"seeds": [0, 1]})
    for method in METHODS:
        assert plan.train_spec("s", method, 0, 1) != plan.train_spec("s", method, 1, 1)
    assert plan.reference_spec("s", 1, "classifier")["seed"] == plan.classifier_spec("s")["seed"] == 0


def test_a_spec_holds_the_hash_of_what_it_starts_from():
    plan = planned()
    base = spec_hash(plan.base_spec("s", 0))
    first, second = (plan.train_spec("s", "finetune", 0, task) for task in (1, 2))
    assert (first["previous"], second["previous"]) == (base, spec_hash(first)) and first["base"] is None
    assert [plan.train_spec("s", "gan_memory", 0, task)["base"] for task in (1, 2, 3)] == [base] * 3
    evaluate = plan.evaluate_spec("s", "gan_memory", 0, 2)
    assert evaluate["checkpoints"] == {
        str(task): spec_hash(plan.train_spec("s", "gan_memory", 0, task)) for task in (1, 2)
    }
    assert list(plan.evaluate_spec("s", "finetune", 0, 2)["checkpoints"]) == ["2"]
    assert evaluate["classifier"] == spec_hash(plan.classifier_spec("s"))


RIVALS = ["sft", "ewc", "ewc-sigmoid", "mergan_jtr", "mergan_ra", "dgr"]


def rivals(**stream) -> Plan:
    return planned({"catalogue": {"experiments": {"e": {"methods": RIVALS, "curves": []}}}}, **stream)


def test_methods_that_begin_alike_share_task_1():
    plan = rivals()
    first = {method: plan.checkpoint("s", method, 0, 1) for method in RIVALS}
    shared = "results/smoke/s/sft/seed0/task1/checkpoint.pt"
    own = "results/smoke/s/dgr/seed0/task1/checkpoint.pt"
    assert first == dict.fromkeys(RIVALS, shared) | {"dgr": own}
    specs = {method: plan.train_spec("s", method, 0, 1) for method in RIVALS}
    assert all(specs[method] == specs["sft"] for method in RIVALS if method != "dgr")
    second = plan.train_spec("s", "ewc", 0, 2)
    assert second["previous"] == spec_hash(specs["sft"]) and second["module"] == "ewc"
    assert plan.train_inputs("s", "ewc", 0, 2)["previous"] == shared
    assert plan.curve_inputs("s", "ewc", 0, 1)["snapshots"] == shared.replace("checkpoint", "snapshots")
    assert plan.checkpoint("s", "ewc", 0, 2) == "results/smoke/s/ewc/seed0/task2/checkpoint.pt"
    assert plan.evaluate_spec("s", "ewc", 0, 1)["method"] == "ewc"


@pytest.mark.parametrize("tier", ["smoke", "demo", "paper"])
def test_the_experiments_share_task_1(tier):
    """In everyone's settings files, and on every stream: one that differs from its first's would train for itself."""
    names = [path.stem for path in (ROOT / "config/experiments").glob("mergan_*.yaml") if path.stem not in BY_HAND]
    plan = Plan({"tier": tier, "experiments": names}, ROOT)
    for name, experiment in plan.experiments.items():
        for method in {"ewc", "mergan_jtr", "mergan_ra"} & set(experiment.methods):
            assert plan.learner(experiment.stream, method, 1) == "sft", (name, method)


def test_another_setting_of_task_1_ends_the_sharing():
    plan = rivals(settings={"ewc": {"lr": 0.5}, "mergan_ra": {"alignment": 0.5}})
    learners = {method: plan.learner("s", method, 1) for method in RIVALS}
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
    config = {"methods": RIVALS, "curves": [], "reverse": ["sft"], "evolution": ["ewc"]}
    plan = planned({"catalogue": {"experiments": {"e": config}}})
    inputs = plan.table_inputs("e")
    assert "results/smoke/s/sft/seed0/task3/reverse.json" in inputs["evaluations"]
    assert sum("reverse" in path for path in inputs["evaluations"]) == 1  # after the last task only, at this tier
    assert inputs["curves"] == ["results/smoke/s/ewc/seed0/task2/evolution.json"]
    evolution = plan.evolution_spec("s", "ewc", 0, 2)
    assert evolution["task"]["index"] == 1 and evolution["chain"]["tasks"][-1]["index"] == 2
    assert evolution["chain"]["snapshots"] == [1, 2, 3, 4]
    reverse = plan.reverse_spec("s", "sft", 0, 3)
    assert reverse["ceiling"] == spec_hash(plan.ceiling_spec("s", 3))
    after = planned(
        {
            "catalogue": {
                "experiments": {"e": config},
                "evaluation": {"reverse": {"settings": {"after": [2, 9]}, "tiers": {"smoke": {"after": [2, 9]}}}},
            }
        }
    )
    assert after.reversed_tasks("s") == [2, 3]


def test_joint_training_is_anew_on_5_and_on_10_classes_with_steps_to_match():
    """MeRGAN's Table 1; 40,001 iterations on ten classes of MNIST, 80,001 of SVHN."""
    plan = Plan({"tier": "paper", "experiments": ["mergan_mnist", "mergan_svhn"]}, ROOT)
    for stream, each in (("mnist_10", 4000), ("svhn_10", 8000)):
        for t in (5, 10):
            spec = plan.train_spec(stream, "jt", 0, t)
            assert (len(spec["tasks"]), spec["steps"], spec["previous"]) == (t, t * each, None)
            assert list(plan.evaluate_spec(stream, "jt", 0, t)["checkpoints"]) == [str(t)]
    assert plan.evaluate_spec("mnist_10", "jt", 0, 10)["accuracy"] == 6400


# ---- overlays --------------------------------------------------------------------------------------------------------


def test_published_tier_stream_stream_at_tier_variant_task():
    """Each overlay sets one setting more than the next; the last one that sets it wins."""
    method = {
        "module": "gan_memory",
        "settings": {
            **dict.fromkeys(["steps", "batch", "a", "b", "c", "d", "e", "f"], 1),
            "snapshots": 0,
            "threads": 1,
        },
        "tiers": {"smoke": dict.fromkeys("bcdef", 2), "demo": {"a": 9}},
        "variants": {"v": dict.fromkeys("ef", 5)},
    }
    overlay = {"catalogue": {"methods": {"m": method}, "experiments": {"e": {"methods": ["m-v", "m"], "curves": []}}}}
    stream = {
        "settings": {"m": dict.fromkeys("cdef", 3)},
        "tiers": {"smoke": {"m": dict.fromkeys("def", 4)}, "paper": {"m": {"a": 9}}},
        "tasks": [{**TASKS[0], "settings": {"f": 6}}, *TASKS[1:]],
    }
    plan = planned(overlay, **stream)
    values = lambda name, task: [plan.method_settings("s", name, task)[key] for key in "abcdef"]  # noqa: E731
    assert values("m-v", 1) == [1, 2, 3, 4, 5, 6]
    assert values("m-v", 2) == [1, 2, 3, 4, 5, 5]
    assert values("m", 2) == [1, 2, 3, 4, 4, 4]
    paper = plan.method_settings("s", "m", 2, "paper")
    assert [paper[key] for key in "abcdef"] == [9, 1, 3, 3, 3, 3]


def test_the_budget_of_joint_training_grows():
    plan = planned(settings={"joint": {"steps": 7}, "finetune": {"steps": 7}})
    assert [plan.train_spec("s", "joint", 0, task)["steps"] for task in (1, 2, 3)] == [7, 14, 21]
    assert [plan.train_spec("s", "finetune", 0, task)["steps"] for task in (1, 2, 3)] == [7, 7, 7]


@pytest.mark.parametrize("steps, count, kept", [(10, 2, [5, 10]), (10, 3, [3, 6, 10]), (2, 5, [1, 2]), (9, 0, [])])
def test_snapshots_are_spread_evenly_and_end_with_the_last_step(steps, count, kept):
    plan = planned(settings={"transfer": {"steps": steps, "snapshots": count}})
    assert plan.train_spec("s", "transfer", 0, 1)["snapshots"] == kept


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
    assert planned().train_inputs("s", method, 0, task) == {"data": {"digits": DATA}, **inputs}


def test_joint_training_sees_the_data_of_all_tasks_others_their_own():
    tasks = [TASKS[0], {"name": "m", "dataset": "mnist", "classes": [1]}]
    plan = planned(tasks=tasks)
    digits, mnist = {"digits": DATA}, {"mnist": "data/prepared/mnist-16px.pt"}
    assert plan.train_inputs("s", "joint", 0, 2)["data"] == digits | mnist
    assert plan.train_inputs("s", "finetune", 0, 2)["data"] == mnist
    assert plan.train_inputs("s", "gan_memory", 0, 1)["data"] == digits
    assert list(plan.train_spec("s", "joint", 0, 2)["data"]) == ["digits", "mnist"]
    assert list(plan.train_spec("s", "finetune", 0, 2)["data"]) == ["mnist"]


@pytest.mark.parametrize(
    "method, memory", [("finetune", [3]), ("joint", [3]), ("gan_memory", [1, 2, 3]), ("transfer", [1, 2, 3])]
)
def test_a_model_after_three_tasks_is(method, memory):
    inputs = planned().evaluate_inputs("s", method, 0, 3)
    assert inputs["checkpoints"] == {task: SEED.format(method, task) for task in memory}
    assert inputs["references"] == {task: f"results/smoke/s/real/task{task}/classifier.pt" for task in (1, 2, 3)}
    assert ("base" in inputs) == (method == "gan_memory")


def test_a_table_asks_for_every_checkpoint_and_the_chosen_curves():
    inputs = planned({"seeds": [0, 3]}).table_inputs("e")
    assert len(set(inputs["evaluations"])) == len(inputs["evaluations"]) == len(METHODS) * 2 * 3
    curve = "results/smoke/s/gan_memory/seed{}/task{}/curve.json"
    assert inputs["curves"] == [curve.format(seed, task) for seed in (0, 3) for task in (1, 2, 3)]


def test_inputs_as_snakemake_and_as_a_script_take_them():
    inputs = {
        "base": "a b.pt",
        "inception_references": {1: "x.pt", 2: "y.pt"},
        "curves": [],
        "samples": {"m": {1: "z"}},
    }
    flat = {"base": "a b.pt", "inception_references": ["x.pt", "y.pt"], "curves": [], "samples": ["z"]}
    assert files(inputs) == flat
    del inputs["samples"]
    assert options(inputs) == "--base 'a b.pt' --inception-references 1=x.pt 2=y.pt"


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
    assert planned(source=source).base_name("s") == name


def test_a_long_list_of_classes_is_counted_and_hashed():
    classes = ["pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag"]
    name = planned(source={"dataset": "fashion_mnist", "classes": classes}).base_name("s")
    assert name.startswith("fashion_mnist-7classes-") and name.endswith("-16px")
    assert name != planned(source={"dataset": "fashion_mnist", "classes": [*classes[:-1], "trouser"]}).base_name("s")


def test_a_grey_source_in_a_colour_stream_is_another_base():
    plan = planned(tasks=[{"name": "a", "dataset": "cifar10", "classes": [0]}])
    assert plan.stream("s").channels == 3 and plan.base_name("s") == "digits-0_1-16px-rgb"


def test_offsets_number_the_classes_of_all_datasets():
    plan = planned(tasks=[TASKS[0], {"name": "m", "dataset": "cifar10", "classes": [1]}])
    assert plan.offsets("s") == {"cifar10": 0, "digits": 10}
    assert plan.classifier("s") == "results/smoke/classifiers/cifar10+digits-16px-3ch.pt"


def test_streams_that_share_a_base_agree_on_it():
    other = {
        "streams": {"z": CONFIG["catalogue"]["streams"]["s"]},
        "experiments": {"f": {**EXPERIMENT, "stream": "z"}},
    }
    both = {"experiments": ["e", "f"], "catalogue": other}
    plan = planned(both)
    assert plan.base_checkpoint("s", 0) == plan.base_checkpoint("z", 0)
    assert spec_hash(plan.base_spec("s", 0)) == spec_hash(plan.base_spec("z", 0))
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
    assert first.class_names("mine", "") == ["ape", "bee"] and first.stream("s")[0].flip
    assert first.prepare_inputs("mine") == {"files": {}} and first.user_source("mine") == {"source": "mine"}
    spec = first.prepare_spec("mine", 16)
    (tmp_path / "mine/ape/1.png").touch()
    assert plan().prepare_spec("mine", 16) == spec
    Image.new("RGB", (4, 4)).save(tmp_path / "mine/ape/1.png")
    assert plan().prepare_spec("mine", 16) != spec
    assert first.prepare_spec("mine", 16) == spec  # one plan, one answer
