"""How many bytes a job will write, told from its spec alone: its networks are built on torch's meta device, which knows
shapes and holds no numbers, so that a plan of published width costs no memory.

Counted are the files that settings make large; the others (figures, ledgers) are told by earlier runs.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from mneme.data.pairs import TRANSLATED
from mneme.files import load
from mneme.method import Method
from mneme.networks.gp_gan import Discriminator, Generator
from mneme.networks.strided import StridedClassifier
from mneme.spec import spec_hash
from mneme.state import tensors
from mneme.training.restore import create

# Measured: what torch's file has around all tensors and around each; a line of losses; JSON of one measured task and of
# one measured snapshot, for each extractor; the table for each checkpoint in it.
FILE, TENSOR, LOSSES, MEASURED, CURVE, TABLED = 1300, 275, 90, 3000, 500, 2800
INCEPTION_FEATURES = 2048
META = torch.device("meta")
UNKNOWN = (NotImplementedError, RuntimeError, TypeError)  # what torch raises where numbers are asked of the meta device


class Sizes:
    """Predicts files.

    Args:
        specs: spec hash -> spec, of all jobs that are planned.
        made: spec hash -> checkpoint that is there already.
        images: dataset -> (images of both splits, classes), where they are known.
    """

    def __init__(
        self, specs: Mapping[str, dict[str, Any]], made: Mapping[str, Path], images: Mapping[str, tuple[int, int]]
    ) -> None:
        self.specs, self.made, self.images = specs, made, images
        self.trained: dict[str, tuple[dict[str, Any], int, int]] = {}
        self.names: dict[str, str] = {}

    def of(self, spec: dict[str, Any]) -> dict[str, int]:
        """File name (or ``""`` for the only one) -> bytes; empty where nothing is known."""
        kinds: dict[str, Callable[[dict[str, Any]], dict[str, int]]] = {
            "prepare": self.prepare,
            "base": self.train,
            "train": self.train,
            "classifier": self.classifier,
            "reference": self.reference,
            "evaluate": self.evaluate,
            "curve": lambda spec: {"": len(spec["chain"]["snapshots"]) * CURVE * max(1, extractors(spec))},
            "import_base": lambda spec: {"": FILE + stored(imported(spec))},
            "table": lambda spec: {"quality.csv": TABLED * len(spec["evaluations"])},
        }
        return kinds[spec["job"]](spec) if spec["job"] in kinds else {}

    def prepare(self, spec: dict[str, Any]) -> dict[str, int]:
        if spec["dataset"] not in self.images:
            return {}
        pixels = (spec["channels"] or 3) * (spec["load_size"] or spec["size"]) ** 2
        sides = (
            2 if spec["direction"] in TRANSLATED or spec["paired"] or spec["given_by"] else 1
        )  # of unpaired sets both are counted
        return {"": FILE + 4 * TENSOR + self.images[spec["dataset"]][0] * (sides * pixels + 8)}

    def train(self, spec: dict[str, Any]) -> dict[str, int]:
        _, checkpoint, snapshot = self.task(spec)
        networks = {"checkpoint.pt": FILE + checkpoint, "snapshots.pt": FILE + len(spec["snapshots"]) * snapshot}
        return (networks if checkpoint else {}) | {"losses.jsonl": min(spec["steps"], 100) * LOSSES}

    def task(self, spec: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
        """State of a training job's checkpoint, without numbers; bytes of it and of one snapshot."""
        name = self.alike(spec_hash(spec), spec)
        if name not in self.trained:
            few = ("batch", "fisher_samples", "fisher_images")  # they size no file
            cheap = {key: 2 for key in few if key in spec["settings"]}
            spec = {**spec, "settings": {**spec["settings"], **cheap}}
            with META:
                try:
                    method = self.begun(spec)
                    snapshot = stored(method.snapshot())
                    method.end(batch(method))
                    state = method.state()
                    checkpoint = stored(state)
                except UNKNOWN:  # numbers decide what is kept: at most all
                    state, snapshot = {}, self.first_snapshot(spec)
                    checkpoint = snapshot * len(spec["tasks"])
            self.trained[name] = state, checkpoint, snapshot
        return self.trained[name]

    def first_snapshot(self, spec: dict[str, Any]) -> int:
        """Bytes of a snapshot of the chain's first task; 0 where numbers decide on that too."""
        try:
            first = {name: value for name, value in spec.items() if name != "previous"}
            return stored(self.begun({**first, "tasks": spec["tasks"][:1]}).snapshot())
        except UNKNOWN:
            return 0

    def alike(self, name: str, spec: dict[str, Any]) -> str:
        """One name for the jobs that differ in their seed only, and so do those they build on."""
        if name not in self.names:
            below = {
                kind: self.alike(spec[kind], self.specs[spec[kind]])
                for kind in ("base", "previous")
                if self.specs.get(spec.get(kind), {}).get("job") in ("base", "train")
            }
            self.names[name] = spec_hash({**spec, "seed": 0, **below})
        return self.names[name]

    def begun(self, spec: dict[str, Any]) -> Method:
        method = create(spec, self.state(spec.get("base")), META)
        previous = self.state(spec.get("previous"))
        if previous == {}:
            raise NotImplementedError("a state whose shapes nobody knows")
        method.begin(previous, batch(method))
        return method

    def state(self, name: str | None) -> dict[str, Any] | None:
        """The state of a checkpoint, planned or there already."""
        if name is None:
            return None
        if name in self.specs:
            spec = self.specs[name]
            return imported(spec) if spec["job"] == "import_base" else self.task(spec)[0]
        return shapes(load(self.made[name], "state", mmap=True)["state"])

    def classifier(self, spec: dict[str, Any]) -> dict[str, int]:
        shape = {name: spec["settings"][name] for name in ("width", "features")}
        shape |= {"size": spec["size"], "channels": spec["channels"]}
        with META:
            network = StridedClassifier(**shape, classes=sum(map(len, spec["classes"].values())))
        return {"": FILE + stored(network.state_dict())}

    def reference(self, spec: dict[str, Any]) -> dict[str, int]:
        known = self.specs.get(spec["classifier"])
        if spec["extractor"] == "classifier" and known is None:
            return {}
        features = INCEPTION_FEATURES if spec["extractor"] == "inception" else known["settings"]["features"]
        n, task = spec["n"], spec["task"]
        if task["dataset"] in self.images:
            images, classes = self.images[task["dataset"]]
            n = min(n, images * len(task["classes"]) // classes // 2)
        size = known["size"] if known else 0
        sides = {"label": 0, "unpaired": 1, "paired": 2}[task["kind"]]  # given images, and their targets
        images = (min(spec["grid"], n) + sides * n) * spec["channels"] * size**2
        return {"": FILE + (2 + sides) * TENSOR + 4 * n * features + images}

    def evaluate(self, spec: dict[str, Any]) -> dict[str, int]:
        chain, tasks = spec["chain"], len(spec["tasks"])
        images = TENSOR + spec["grid"] * chain["channels"] * chain["size"] ** 2 if extractors(spec) else 0
        measured = tasks * MEASURED * max(1, extractors(spec))
        return {"evaluation.json": measured, "samples.pt": FILE + tasks * images}


def imported(spec: dict[str, Any]) -> dict[str, Any]:
    """The state of a published GP-GAN of the released width, without numbers."""
    shape = {"size": spec["size"], "channels": spec["channels"], "width": 64, "labels": None}
    with META:
        generator, discriminator = Generator(**shape, noise=256).state_dict(), Discriminator(**shape).state_dict()
    whole = {"shape": {**shape, "noise": 256}, "generator": generator, "average": generator}
    return {**whole, "discriminator": discriminator}


def extractors(spec: dict[str, Any]) -> int:
    """Evaluators of a job; none where the method gives predictions alone."""
    return ("references" in spec) + ("inception_references" in spec)


def batch(method: Method) -> dict[str, torch.Tensor]:
    """Two images of a task, without pixels."""
    shape = (2, method.channels, method.size, method.size)
    images = {name: torch.empty(shape, dtype=torch.uint8) for name in ("x", "a")[: 1 + (method.task.kind != "label")]}
    return {**images, "y": torch.empty(2, dtype=torch.int64)}


def shapes(state: Any) -> Any:
    """A state without its numbers."""
    if isinstance(state, dict):
        return {name: shapes(value) for name, value in state.items()}
    if isinstance(state, list | tuple):
        return [shapes(value) for value in state]
    return state.to(META) if isinstance(state, torch.Tensor) else state


def stored(state: Any) -> int:
    """Bytes that a state takes in a file."""
    return sum(tensor.nbytes + TENSOR for tensor in tensors(state))
