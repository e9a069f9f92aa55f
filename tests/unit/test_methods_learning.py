"""Every method learns: a generator obeys its label after some hundred steps, a classifier recognises its images."""

import pytest
import torch
from toy_chains import LABELLED, METHODS, as_text, learn, learn_task, model_after, run_chain, spec_of

from mneme.data.stream import Task
from mneme.spec import spec_hash
from mneme.training.job import training_images

TOLD = {  # class k of the data has brightness 15 + 70 k
    True: [Task(1, "one", "toy", (0, 2), (0, 1)), Task(2, "two", "toy", (1, 3), (2, 3))],
    False: [Task(1, "one", "toy", (0,), (0,)), Task(2, "two", "toy", (2,), (1,))],
}
"""Streams by whether a method can be asked for a class."""
ADAM = {"batch": 16, "lr": 3e-3, "ema": 0.9}
SHORT = {
    "acgan": {"steps": 200, "batch": 16, "lr": 2e-3, "width": 8, "noise": 8, "critic_steps": 1},
    "classifier": {"steps": 200, "width": 8, "features": 16, "lr": 3e-3},
    "gan_memory": {"steps": 80, **ADAM},
    "stored": {"steps": 200, "hidden": 32},
}
"""Settings of each family with which two tasks are learned in seconds; of one that is not here, 200 steps."""
MORE = {
    "dgr": {"steps": 300, "critic_steps": 2, "solver_lr": 2e-3, "tries": 100},
    "ewc": {"strength": 10.0},
    "gan_memory_compressed": {"steps": 150},
    "joint": {"steps": 100},
    "jt": {"steps": 400},
    "mergan_gp_gan": {"steps": 100},
}
CHANCE = 0.5
"""The most that a method reaches which ignores its label: it gives one of a task's two classes."""


def learners():
    """Methods with the variant that can be asked for a class, where there is one; what they are made of.

    The DGM family is not here: its masks need a budget and a schedule of their own (``test_dgm.py``).
    """
    for name in LABELLED:
        config = METHODS[name]
        variants = [None, *[variant for variant in config.get("variants", {}) if variant == "conditional"]]
        family = next((parent for parent in SHORT if set(SHORT[parent]) <= set(config["settings"])), None)
        if name != "base" and "critic_width" not in config["settings"]:
            yield from (
                (name, variant, {**SHORT.get(family, {"steps": 200}), **MORE.get(name, {})}) for variant in variants
            )


@pytest.fixture(scope="module")
def bright(tmp_path_factory):
    """Four classes of 24 noisy grey images told apart by brightness, and a base GAN that learned all of them."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(4).repeat_interleave(24)
    x = (y.view(-1, 1, 1, 1) * 70 + torch.randint(0, 30, (96, 1, 8, 8), generator=generator)).to(torch.uint8)
    folder = tmp_path_factory.mktemp("bright")
    known = {"x_train": x, "y_train": y, "x_test": x, "y_test": y, "classes": list("0123"), "spec": "d"}
    torch.save(known, folder / "toy.pt")
    data, source = {"toy": folder / "toy.pt"}, Task(0, "source", "toy", (0, 1, 2, 3), (0, 1, 2, 3))
    none = {"base": None, "previous": None}
    spec = spec_of("base", None, [source], 1, none, steps=150, width=8, noise=8, **ADAM)
    return data, (spec_hash(spec), learn(spec, folder, data))


def obeys(method, task):
    """Share of a generator's images whose brightness is nearest to the class that was asked for."""
    y = torch.tensor(task.labels).repeat_interleave(16)
    z = torch.randn(len(y), method.noise, generator=torch.Generator().manual_seed(0))
    found = method.sample(task, y, z).float().mean((1, 2, 3))
    wanted = torch.tensor(task.classes)[torch.tensor([task.labels.index(label) for label in y.tolist()])]
    return ((found - 15) / 70).round().eq(wanted).float().mean().item()


def recognises(method, task, data):
    """Share of the task's real images that a classifier gives their own class."""
    real = training_images([task], data, 1)
    return (method.predict(real["x"]).argmax(1) == real["y"]).float().mean().item()


@pytest.mark.parametrize(("name", "variant", "settings"), [*learners()])
def test_a_generator_obeys_its_label_and_a_classifier_its_image(name, variant, settings, bright, tmp_path):
    """After some hundred steps: the task just learned, and the one before where nothing can be forgotten."""
    data, base = bright
    known = as_text(name, {**METHODS[name]["settings"], **METHODS[name]["variants"].get(variant, {})})
    tasks = TOLD[known["CONDITIONAL"] or "images" not in known["GIVES"]]
    whole = known["SEES"] == "all" or not known["CHAINED"]
    if known["SEES"] == "all" and not known["CHAINED"]:
        spec, checkpoint = learn_task(name, variant, tasks, 2, base, None, data, tmp_path, **settings)
        specs, checkpoints = {2: spec}, {2: checkpoint}
    else:
        specs, checkpoints = run_chain(name, variant, tasks, base, data, tmp_path, **settings)
    method, _ = model_after(2, name, specs, checkpoints, base)
    for task in tasks if whole else tasks[1:]:
        if "images" in method.GIVES:
            assert obeys(method, task) > CHANCE + 0.15, task.index
        if "predictions" in method.GIVES:
            assert recognises(method, task, data) >= 0.9, task.index


class Deaf:
    """Gives one class, or all in turn, whatever is asked for; predicts one class of whatever it is shown."""

    noise = 1

    def __init__(self, only=None):
        self.only = only

    def sample(self, task, labels, z):
        made = torch.arange(len(z)).remainder(4) if self.only is None else torch.full((len(z),), self.only)
        return (15 + 70 * made).view(-1, 1, 1, 1).expand(-1, 1, 8, 8).to(torch.uint8)

    def predict(self, images):
        return torch.eye(4)[torch.full((len(images),), 2)]


def test_a_method_that_ignores_what_it_is_asked_fails(bright):
    for task in (*TOLD[True], *TOLD[False]):
        assert obeys(Deaf(), task) == 0.25
        assert obeys(Deaf(task.classes[0]), task) == 1 / len(task.labels)
    assert obeys(Deaf(TOLD[False][0].classes[0]), TOLD[False][1]) == 0  # of the task before
    assert recognises(Deaf(), TOLD[True][0], bright[0]) == 0
    assert recognises(Deaf(), TOLD[True][1], bright[0]) == 0.5
