"""Jobs that train: base GANs and the tasks of chains."""

import re
from pathlib import Path
from typing import Any

from mneme.data.stream import Task
from mneme.errors import UserError, near_miss
from mneme.plan.check import BASE
from mneme.plan.data import DataJobs
from mneme.plan.inputs import Inputs
from mneme.spec import spec_hash


def snapshot_steps(steps: int, count: int, spacing: str) -> list[int]:
    """After which steps a generator is kept: the last one, and ``count - 1`` on the way there, each once.

    ``even`` is ``steps / count`` apart; ``log`` begins with step 1 and each is the same multiple of the one before.
    """
    if spacing == "log" and count > 1:
        return sorted({round(steps ** (k / (count - 1))) for k in range(count)})
    return sorted({max(1, steps * k // count) for k in range(1, count + 1)})


class TrainingJobs(DataJobs):
    """``base`` and ``train``; a method's contract (``mneme.method``) gives a job its inputs."""

    def base_name(self, stream: str) -> str:
        """The base GAN's folder: its dataset, its classes where they are not all, its size."""
        shape = self.stream(stream)
        if shape.source is None:
            place = self.catalogue.location("streams", stream)
            raise UserError(f"{place}: neither 'source:' nor 'base:', so no base GAN; correct the target, or add one")
        names = self.class_names(shape.source.dataset, "config")
        chosen = [names[index] for index in shape.source.classes]
        some = "" if len(chosen) == len(names) else "-" + "_".join(chosen)
        if len(some) > 40 or not re.fullmatch(r"[\w-]*", some):  # also a class that is no word for a folder
            some = f"-{len(chosen)}classes-{spec_hash({'classes': chosen})[:6]}"
        colour = "" if shape.channels == (self.catalogue.dataset(shape.source.dataset, "").channels or 3) else "-rgb"
        return f"{shape.source.dataset}{some}-{shape.size}px{colour}"

    def base_checkpoint(self, stream: str, seed: int) -> str:
        if self.published(stream):
            return f"{self.R}/bases/{self.catalogue.stream(stream, 'config').base}/checkpoint.pt"
        return f"{self.R}/bases/{self.base_name(stream)}/seed{seed}/checkpoint.pt"

    def stream_of_base(self, name: str) -> str:
        """Some stream whose base GAN has this folder name; they all describe the same job."""
        streams = (experiment.stream for experiment in self.experiments.values())
        return self.one_of({self.base_name(s): s for s in streams if self.stream(s).source}, "bases", name)

    def one_of(self, made: dict[str, str], folder: str, name: str) -> str:
        """The stream that has something made, by the name that a target gives it."""
        if name not in made:
            raise UserError(
                f"{self.R}/{folder}/{name}: of no chosen experiment{near_miss(name, made)}; correct the target, or add "
                "an experiment to experiments: in your config"
            )
        return made[name]

    def base_spec(self, stream: str, seed: int) -> dict[str, Any]:
        shape = self.stream(stream)
        if self.published(stream):
            return self.import_spec(self.catalogue.stream(stream, "config").base)
        return self._training(stream, BASE, seed, [shape.source], {"stream": self.base_name(stream)})

    def import_spec(self, name: str) -> dict[str, Any]:
        """Of a published base GAN: what file it is; the same for all streams and seeds."""
        base = self.catalogue.base(name, "config")
        checksum = f"sha256:{self.user_file(base.own)}" if base.own else base.file.checksum
        return {"job": "import_base", "checksum": checksum, "size": base.size, "channels": base.channels}

    def import_inputs(self, name: str) -> dict[str, str]:
        base = self.catalogue.base(name, "config")
        return {"weights": str(Path(base.own).expanduser()) if base.own else f"data/downloads/{base.file.path}"}

    def learner(self, stream: str, method: str, task: int) -> str:
        """The method whose job learns a task: for task 1 its FIRST, where all settings which that one has are equal."""
        first = None if method == BASE else self.contract(method)["FIRST"]
        if task != 1 or first is None:
            return method
        own = self.method_settings(stream, method, 1)
        shared = self.method_settings(stream, first, 1)
        return first if shared.items() <= own.items() else method

    def train_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        if method == BASE:
            return self.base_spec(stream, seed)
        method = self.learner(stream, method, task)
        contract = self.contract(method)
        base = self.hash_of("base", stream, seed) if contract["BASE"] != "none" else None
        if contract["CHAINED"] and task > 1:
            previous = self.hash_of("train", stream, method, seed, task - 1)
        else:
            previous = base if contract["BASE"] == "start" else None
        lineage = {"base": base if contract["BASE"] == "frozen" else None, "previous": previous}
        return self._training(stream, method, seed, self.tasks(stream, task), lineage)

    def _training(
        self, stream: str, method: str, seed: int, tasks: list[Task], extra: dict[str, Any]
    ) -> dict[str, Any]:
        shape, contract = self.stream(stream), self.contract(method)
        settings = self.method_settings(stream, method, tasks[-1].index)
        steps = settings["steps"] * (len(tasks) if settings.get("steps_grow") else 1)
        seen = tasks if contract["SEES"] == "all" else tasks[-1:]
        return {
            "job": "train",
            "stream": stream,
            "module": contract["module"],
            "seed": seed,
            "size": shape.size,
            "channels": shape.channels,
            "tasks": [task.to_dict() for task in tasks],
            "settings": settings,
            "steps": steps,
            "snapshots": snapshot_steps(steps, settings["snapshots"], settings.get("spacing", "even")),
            "threads": settings["threads"],
            "data": self.data_hashes(self.data_of(seen, shape.size), shape.size),
            "base": None,
            "previous": None,
            **extra,
        }

    def base_inputs(self, stream: str) -> Inputs:
        shape = self.stream(stream)
        return {"data": self.data_of([shape.source], shape.size)}

    def train_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        """Data, and the base GAN or the previous checkpoint."""
        shape, contract = self.stream(stream), self.contract(method)
        tasks = self.tasks(stream, task) if contract["SEES"] == "all" else self.tasks(stream, task)[-1:]
        inputs: Inputs = {"data": self.data_of(tasks, shape.size)}
        if contract["CHAINED"] and task > 1:
            inputs["previous"] = self.checkpoint(stream, method, seed, task - 1)
        elif contract["BASE"] == "start":
            inputs["previous"] = self.base_checkpoint(stream, seed)
        return inputs | self.frozen_base(stream, method, seed)

    def frozen_base(self, stream: str, method: str, seed: int) -> Inputs:
        """The base GAN, where a method trains and samples on top of it."""
        frozen = self.contract(method)["BASE"] == "frozen"
        return {"base": self.base_checkpoint(stream, seed)} if frozen else {}

    def checkpoint(self, stream: str, method: str, seed: int, task: int) -> str:
        if method == BASE:
            return self.base_checkpoint(stream, seed)
        return self.trained(stream, method, seed, task, "checkpoint.pt")

    def trained(self, stream: str, method: str, seed: int, task: int, file: str) -> str:
        """A file that the training of one task of a chain left: in the folder of the method whose job it was."""
        return self.result(stream, self.learner(stream, method, task), seed, task, file)

    def timing(self, stream: str, method: str, seed: int, task: int) -> str:
        """What a step took in the training of one task of a chain."""
        return f"{self.R}/timing/{stream}/{self.learner(stream, method, task)}/seed{seed}/task{task}.json"

    def result(self, stream: str, method: str, seed: int, task: int, file: str) -> str:
        """A file of one task of a chain."""
        return f"{self.R}/{stream}/{method}/seed{seed}/task{task}/{file}"
