"""Methods of the catalogue, trained for a few steps on streams of tiny images: for tests of all methods.

Methods outside the checkout are among them where the environment names their folders, ``MNEME_METHODS=FOLDER``. A
method that replays another is given samples of REPLAYED.
"""

import os
from functools import cache
from pathlib import Path
from unittest.mock import patch

import torch

from mneme.catalogue.catalogue import Catalogue
from mneme.data.stream import Task
from mneme.machine.device import choose_device
from mneme.plan.code import Setting, class_constants, method_file, module_name
from mneme.spec import spec_hash
from mneme.training.job import learn as learn_job
from mneme.training.restore import restore
from mneme.training.resume import Resume

ROOT = Path(__file__).parents[2]
FOLDERS = [folder for folder in os.environ.get("MNEME_METHODS", "").split(os.pathsep) if folder]
CATALOGUE = Catalogue({"experiments": ["x"], "method_folders": FOLDERS}, ROOT / "config")
METHODS = {name: CATALOGUE.method(name, "tests").model_dump() for name in CATALOGUE.names("methods")}


@cache
def contract(name):
    return class_constants(file_of(name), ROOT / "src", CATALOGUE.outside)


def file_of(word):
    return method_file(word, ROOT / "src", CATALOGUE.outside)


LABELLED = [name for name in METHODS if "label" in contract(name).get("TAKES", ("label",))]
REPLAYED = "joint"
CPU = choose_device("cpu", 1)
SOURCE = Task(0, "source", "toy", (0, 1), (0, 1))
STREAMS = {
    "several classes": [
        Task(1, "one", "toy", (2, 3), (0, 1)),
        Task(2, "two", "toy", (4,), (2,)),
        Task(3, "three", "toy", (5, 6), (3, 4), flip=True),
    ],
    "one class": [Task(1, "one", "toy", (2,), (0,)), Task(2, "two", "toy", (3,), (1,), flip=True)],
}


CONSTANTS = ("GIVES", "TAKES", "CONDITIONAL", "SIZES", "SEES", "CHAINED", "BASE", "REPLAYS", "KEEPS", "PRETRAINED")
CONSTANTS += ("FIRST", "LATER", "SAME", "PROBES")


def as_text(name, settings):
    """The constants of a method as the plan reads them, with the values of settings."""
    read = {constant: contract(name)[constant] for constant in CONSTANTS}
    return {key: settings[value.name] if isinstance(value, Setting) else value for key, value in read.items()}


def other(name, setting):
    """Another value that a setting may have."""
    value, choices = METHODS[name]["settings"][setting], CATALOGUE.method(name, "tests").choices.get(setting, ())
    if isinstance(value, bool):
        return not value
    return next(choice for choice in choices if choice != value) if isinstance(value, str) else value / 2


def spec_of(name, variant, tasks, t, lineage, **overrides):
    method = METHODS[name]
    settings = {
        **method["settings"],
        **method["tiers"]["smoke"],
        **method.get("variants", {}).get(variant, {}),
        **overrides,
    }
    return {
        "job": "train", "stream": "toy", "module": module_of(name), "seed": 0, "size": 8, "channels": 1,
        "tasks": [task.to_dict() for task in tasks[:t]], "settings": settings, "steps": settings["steps"],
        "snapshots": [2], "threads": 1, "data": {"toy": "d"}, **lineage,
    }  # fmt: skip


def module_of(word):
    return module_name(file_of(word), ROOT / "src", CATALOGUE.outside)


def learn(spec, folder, data, base=None, previous=None, resume=None, replayed=None):
    outputs = {name: folder / f"{name}.pt" for name in ("checkpoint", "snapshots", "losses", "timing")}
    resume = resume or Resume(folder / ".resume", "x", 1e9)
    with patch.object(Resume, "of_job", return_value=resume):
        learn_job(spec, data=data, base=base, previous=previous, replayed=replayed, device=CPU, **outputs)
    return outputs["checkpoint"]


def starts(name, t, base, before):
    """Inputs of job t beside its data, name -> (spec hash, file), from the base GAN and the checkpoint before."""
    constants, inputs = contract(name), {}
    if constants["CHAINED"] and t > 1:
        inputs["previous"] = before
    elif constants["BASE"] == "start":
        inputs["previous"] = base
    return inputs | ({"base": base} if constants["BASE"] == "frozen" else {})


def replays(name, tasks, t, base, data):
    """The generator of tasks 1 to t - 1 that a method replays in task t, as (spec, checkpoint); trained once."""
    if t == 1 or not contract(name)["REPLAYS"]:
        return None
    inputs = starts(REPLAYED, t - 1, base, None)
    lineage = {"base": None, **{key: value for key, (value, _) in inputs.items()}}
    spec = spec_of(REPLAYED, None, tasks, t - 1, lineage)
    folder = data["toy"].parent / spec_hash(spec)
    if not (folder / "checkpoint.pt").exists():
        folder.mkdir()
        learn(spec, folder, data, **{key: path for key, (_, path) in inputs.items()})
    return spec, folder / "checkpoint.pt"


def frozen_base(name, base):
    return base[1] if contract(name)["BASE"] == "frozen" else None


def learn_task(name, variant, tasks, t, base, before, data, folder, resume=None, **overrides):
    """Learn task t; (spec, checkpoint)."""
    inputs = starts(name, t, base, before)
    lineage = {"base": None, "previous": None, **{key: value for key, (value, _) in inputs.items()}}
    paths = {key: path for key, (_, path) in inputs.items()}
    if generator := replays(name, tasks, t, base, data):
        lineage |= {"chain": generator[0], "replayed": {str(t - 1): spec_hash(generator[0])}}
        paths["replayed"] = {t - 1: generator[1]}
    spec = spec_of(name, variant, tasks, t, lineage, **overrides)
    folder.mkdir(parents=True, exist_ok=True)
    return spec, learn(spec, folder, data, **paths, resume=resume)


def run_chain(name, variant, tasks, base, data, folder, **overrides):
    """Learn all tasks; the specs and checkpoints by task index."""
    specs, checkpoints, before = {}, {}, None
    for t in range(1, len(tasks) + 1):
        specs[t], checkpoints[t] = learn_task(name, variant, tasks, t, base, before, data, folder / str(t), **overrides)
        before = spec_hash(specs[t]), checkpoints[t]
    return specs, checkpoints


class Learned:
    """Chains that are learned once, task by task as they are asked for; many tests read the same files, none writes to
    them.

    Args:
        streams: kind -> tasks.
        new_folder: makes an empty folder.
    """

    def __init__(self, streams, base, data, new_folder):
        self.streams, self.base, self.data, self.new_folder, self.made = streams, base, data, new_folder, {}

    def __call__(self, name, variant, kind, t):
        """Task t of a chain: (spec, checkpoint), beside which lie ``snapshots.pt`` and ``losses.pt``."""
        if (key := (name, variant, kind, t)) not in self.made:
            spec, checkpoint = self(name, variant, kind, t - 1) if t > 1 else (None, None)
            before = (spec_hash(spec), checkpoint) if spec else None
            tasks, folder = self.streams[kind], self.new_folder()
            self.made[key] = learn_task(name, variant, tasks, t, self.base, before, self.data, folder)
        return self.made[key]

    def chain(self, name, variant, kind):
        """All tasks; the specs and checkpoints by task index."""
        made = {t: self(name, variant, kind, t) for t in range(1, len(self.streams[kind]) + 1)}
        return {t: spec for t, (spec, _) in made.items()}, {t: path for t, (_, path) in made.items()}


def model_after(t, name, specs, checkpoints, base):
    constants = contract(name)
    alone = constants["SEES"] == "current" and not constants["CHAINED"]
    members = range(1, t + 1) if alone else [t]
    return restore(specs[t], frozen_base(name, base), {k: checkpoints[k] for k in members}, CPU)


def samples(method, task):
    labels = torch.tensor(task.labels).repeat(6)[:6]
    z = torch.randn(6, method.noise, generator=torch.Generator().manual_seed(task.index))
    return method.sample(task, labels, z)


def given(method, task):
    """What a method gives of a task: images of fixed noise, and scores of fixed images."""
    x = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(task.index))
    made = {"images": lambda: samples(method, task), "predictions": lambda: method.predict(x)}
    return {gift: made[gift]() for gift in method.GIVES}


def assert_given(found, method):
    """Of the promised kinds and shapes."""
    assert set(found) == set(method.GIVES) != set()
    if "images" in found:
        assert found["images"].dtype == torch.uint8
        assert found["images"].shape == (6, 1, 8, 8)
    if "predictions" in found:
        scores, classes = found["predictions"], sum(len(task.labels) for task in method.tasks)
        assert scores.dtype == torch.float32
        assert scores.shape[0] == 6 and scores.shape[1] >= classes
        assert not scores.isnan().any() and (scores < torch.inf).all()
        assert scores[:, :classes].isfinite().all(), "a class that was learned has no output"


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[gift], other[gift]) for gift in one)
