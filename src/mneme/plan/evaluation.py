"""Jobs that measure: the judge, the real images, every checkpoint."""

from dataclasses import replace
from typing import Any

from mneme.catalogue.resolve import resolve
from mneme.data.stream import Task
from mneme.plan.check import BASE
from mneme.plan.inputs import Inputs
from mneme.plan.training import TrainingJobs


class EvaluationJobs(TrainingJobs):
    """``classifier``, ``reference``, ``evaluate`` and ``curve``."""

    def tiered(self, part: str, tier: str | None = None) -> dict[str, Any]:
        """Settings of the classifier or of the samples at a tier."""
        config, tier = getattr(self.catalogue.evaluation, part), tier or self.tier
        place = f"{self.catalogue.evaluation_location}: {part}"
        return resolve(config.settings, [(f"{place}.tiers.{tier}", config.tiers.get(tier, {}))], {}, place)

    def judged(self, stream: str) -> list[str]:
        """Datasets whose classes the stream's classifier tells apart: all of the stream's."""
        shape = self.stream(stream)
        return sorted(self.data_of([*([shape.source] if shape.source else []), *shape], shape.size))

    def classifier_name(self, stream: str) -> str:
        shape = self.stream(stream)
        return f"{'+'.join(self.judged(stream))}-{shape.size}px-{shape.channels}ch"

    def classifier(self, stream: str) -> str:
        return f"{self.R}/classifiers/{self.classifier_name(stream)}.pt"

    def stream_of_classifier(self, name: str) -> str:
        streams = (experiment.stream for experiment in self.experiments.values())
        return self.one_of({self.classifier_name(s): s for s in streams}, "classifiers", name)

    def offsets(self, stream: str) -> dict[str, int]:
        """Dataset -> the classifier's number of its class 0."""
        offsets, first = {}, 0
        for dataset in self.judged(stream):
            offsets[dataset], first = first, first + len(self.class_names(dataset, "config"))
        return offsets

    def classifier_spec(self, stream: str) -> dict[str, Any]:
        shape, datasets, settings = self.stream(stream), self.judged(stream), self.tiered("classifier")
        return {
            "job": "classifier",
            "datasets": datasets,
            "offsets": self.offsets(stream),
            "classes": {dataset: self.class_names(dataset, "config") for dataset in datasets},
            "size": shape.size,
            "channels": shape.channels,
            "settings": settings,
            "seed": 0,
            "threads": settings["threads"],
            "data": self.data_hashes(datasets, shape.size),
        }

    @property
    def extractors(self) -> list[str]:
        return ["classifier", "inception"] if self.config.inception_weights else ["classifier"]

    def task(self, stream: str, index: int) -> Task:
        source = self.stream(stream).source
        return source if source and not index else self.tasks(stream, index)[-1]

    def reference(self, stream: str, task: int, extractor: str) -> str:
        return f"{self.R}/{stream}/real/task{task}/{extractor}.pt"

    def reference_spec(self, stream: str, task: int, extractor: str) -> dict[str, Any]:
        shape, samples, which = self.stream(stream), self.tiered("samples"), self.task(stream, task)
        return {
            "job": "reference",
            "stream": stream,
            "task": replace(which, flip=False).to_dict(),  # real images are measured as they are
            "channels": shape.channels,
            "extractor": extractor,
            **{name: samples[name] for name in ("n", "grid", "kid_subsets", "threads")},
            "offsets": self.offsets(stream),
            "seed": 0,
            "classifier": self.hash_of("classifier", stream),
            "data": self.data_hashes([which.dataset], shape.size),
        }

    def memory(self, method: str, task: int) -> list[int]:
        """The checkpoints that a model after task t consists of (``mneme.method``)."""
        contract = self.contract(method)
        alone = contract["SEES"] == "current" and not contract["CHAINED"]
        return list(range(1, task + 1)) if alone else [task]

    def judging(self, stream: str, method: str, seed: int, task: int, tasks: list[int]) -> dict[str, Any]:
        samples = self.tiered("samples")
        hashes = {
            extractor: {str(i): self.hash_of("reference", stream, i, extractor) for i in tasks}
            for extractor in self.extractors
        }
        return {
            "stream": stream,
            "method": method,
            "seed": seed,
            "checkpoint": task,
            "chain": self.train_spec(stream, method, seed, task),
            "classifier": self.hash_of("classifier", stream),
            "references": hashes["classifier"],
            "inception_references": hashes.get("inception", {}),
            "threads": samples["threads"],
        }

    def evaluated_tasks(self, method: str, task: int) -> list[int]:
        return [0] if method == BASE else list(range(1, task + 1))

    def evaluate_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        tasks = self.evaluated_tasks(method, task)
        return {
            "job": "evaluate",
            **self.judging(stream, method, seed, task, tasks),
            "checkpoints": self.model_spec(stream, method, seed, task),
            "tasks": [self.task(stream, i).to_dict() for i in tasks],
            **{name: self.tiered("samples")[name] for name in ("accuracy", "grid", "points")},
        }

    def curve_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        watched = self.task(stream, task).to_dict()
        asked = {"task": watched, "measures": ["fid"], "n": None}
        return {"job": "curve", **self.judging(stream, method, seed, task, [task]), **asked}

    def classifier_inputs(self, stream: str) -> Inputs:
        size = self.stream(stream).size
        return {"data": {dataset: self.prepared(dataset, size) for dataset in self.judged(stream)}}

    def reference_inputs(self, stream: str, task: int, extractor: str) -> Inputs:
        return {
            "data": self.data_of([self.task(stream, task)], self.stream(stream).size),
            "classifier": self.classifier(stream),
            **(self.network_weights("inception") if extractor == "inception" else {}),
        }

    def judge_inputs(self, stream: str, tasks: list[int]) -> Inputs:
        """What whoever measures samples of some tasks reads (``mneme.evaluation.judges``)."""
        names = {"classifier": "references", "inception": "inception_references"}
        return {
            "classifier": self.classifier(stream),
            **self.network_weights("inception"),
            **{names[kind]: {i: self.reference(stream, i, kind) for i in tasks} for kind in self.extractors},
        }

    def model_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        """What makes up a model after task t: its checkpoints, on the base GAN where that is frozen."""
        checkpoints = {k: self.checkpoint(stream, method, seed, k) for k in self.memory(method, task)}
        return {**self.frozen_base(stream, method, seed), "checkpoints": checkpoints}

    def model_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, str]:
        """The hashes of the checkpoints among :meth:`model_inputs`."""
        return {str(k): self.hash_of("train", stream, method, seed, k) for k in self.memory(method, task)}

    def evaluate_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        judges = self.judge_inputs(stream, self.evaluated_tasks(method, task))
        return {**judges, **self.model_inputs(stream, method, seed, task)}

    def curve_inputs(self, stream: str, method: str, seed: int, task: int) -> Inputs:
        return {
            **self.judge_inputs(stream, [task]),
            **self.frozen_base(stream, method, seed),
            "snapshots": self.trained(stream, method, seed, task, "snapshots.pt"),
        }
