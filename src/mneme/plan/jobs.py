"""Specs, files and code of every job: what the rules ask for, and nothing they could decide themselves.

``Plan`` turns the catalogue into jobs. A job is named by its wildcards (stream, method, seed, task) and has

- a spec, one JSON object with everything that defines its result (``mneme.spec``);
- input files, which follow from the method's contract (``mneme.methods.interface``);
- a code hash (``mneme.plan.code``).

Paths are relative to the working directory; ``R`` is ``results/<tier>``.
"""

import os
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from mneme.data.fingerprint import fingerprint
from mneme.data.stream import Stream, Task
from mneme.errors import UserError, near_miss
from mneme.plan import code, schema
from mneme.plan.catalogue import Catalogue
from mneme.plan.check import BASE, RESERVED, check
from mneme.plan.notebooks import parameters
from mneme.plan.resolve import resolve
from mneme.plan.streams import build_stream, datasets_of
from mneme.spec import spec_hash

FINGERPRINTS = Path(".snakemake/mneme/fingerprints.json")


class Plan:
    """All jobs that a config asks for.

    Args:
        config: the merged content of ``config.yaml``.
        root: folder of the Snakefile.
    """

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        self.root, self.source = root, root / "src"
        self.catalogue = Catalogue(config, root / "config")
        self.config = self.catalogue.config
        self.tier = self.config.tier
        self.R = f"results/{self.tier}"
        for method in (
            "train_spec",
            "base_spec",
            "base_name",
            "stream",
            "method_settings",
            "evaluate_spec",
            "user_files",
        ):
            setattr(self, method, cache(getattr(self, method)))  # one plan, one answer
        check(self)

    # ---- what is asked for -------------------------------------------------------------------------------------

    @cached_property
    def experiments(self) -> dict[str, schema.Experiment]:
        names = self.config.experiments
        return {name: self.catalogue.experiment(name, "config.yaml: experiments") for name in names}

    # ---- streams, methods, settings ------------------------------------------------------------------------------

    def stream(self, name: str, asked_by: str = "config") -> Stream:
        if name in RESERVED:
            raise UserError(f"{asked_by}: a stream cannot be called '{name}', which is a folder of results/; rename it")
        config = self.catalogue.stream(name, asked_by)
        place = self.catalogue.place("streams", name)
        classes = {dataset: self.class_names(dataset, place) for dataset in datasets_of(config, place)}
        return build_stream(name, config, self.catalogue, classes)

    def class_names(self, dataset: str, asked_by: str) -> list[str]:
        """Names of a dataset's classes, from the registry or from the user's own files."""
        config = self.catalogue.dataset(dataset, asked_by)
        if config.classes:
            return config.classes
        if config.path:
            return self.user_files(dataset)["classes"] or [dataset]  # flat: one class, called like the dataset
        place = self.catalogue.place_of_dataset(dataset)
        raise UserError(f"{place}: neither 'classes:' nor a 'path:' to find them in; add one of the two")

    def user_files(self, dataset: str) -> dict[str, Any]:
        """Content hash and class names of a user's own folder or archive."""
        return fingerprint(Path(self.catalogue.dataset(dataset, dataset).path).expanduser(), FINGERPRINTS)

    def contract(self, method: str, asked_by: str = "config") -> dict[str, Any]:
        """``SEES``, ``CHAINED``, ``NEEDS_BASE`` of a method, and the file it is in."""
        name, _, variant = method.partition("-")
        config = self.catalogue.method(name, asked_by)
        if variant and variant not in config.variants:
            raise UserError(f"{asked_by}: {name} has no variant '{variant}'{near_miss(variant, config.variants)}")
        module = f"mneme.methods.{config.module}"
        path = code.module_file(module, self.source)
        if path is None:
            known = [file.stem for file in (self.source / "mneme" / "methods").glob("*.py")]
            place = self.catalogue.place("methods", name)
            raise UserError(f"{place}: no module '{module}'{near_miss(config.module, known)}")
        constants = code.class_constants(module, self.source)
        if missing := {"SEES", "CHAINED", "NEEDS_BASE"} - set(constants):
            raise UserError(
                f"{path}: the method's class states no {', '.join(sorted(missing))}; see methods/interface.py"
            )
        return {**constants, "file": path}

    def method_settings(self, stream: str, method: str, task: int, tier: str | None = None) -> dict[str, Any]:
        """Settings of one job: published < tier < stream < stream at this tier < variant < task."""
        tier, (name, _, variant) = tier or self.tier, method.partition("-")
        config, streamed = self.catalogue.method(name, "config"), self.catalogue.stream(stream, "config")
        file, stream_file = self.catalogue.place("methods", name), self.catalogue.place("streams", stream)
        overlays = [
            (f"{file}: tiers.{tier}", config.tiers.get(tier, {})),
            (f"{stream_file}: settings.{name}", streamed.settings.get(name, {})),
            (f"{stream_file}: tiers.{tier}.{name}", streamed.tiers.get(tier, {}).get(name, {})),
            (f"{file}: variants.{variant}", config.variants.get(variant, {})),
        ]
        if task:
            overlays.append((f"{stream_file}: tasks.{task - 1}.settings", streamed.tasks[task - 1].settings))
        return resolve(config.settings, overlays, config.choices, f"{file}: settings")

    # ---- data ----------------------------------------------------------------------------------------------------

    def download_spec(self, path: str) -> dict[str, Any]:
        """Of the file that belongs at ``data/downloads/<path>``."""
        weights = self.catalogue.evaluation.inception
        if path == weights.path:
            known = {"job": "download", "dataset": "inception", "role": "weights", "licence": "Apache-2.0"}
            return {**known, **weights.model_dump()}
        for name in self.catalogue.datasets:
            dataset = self.catalogue.dataset(name, "config")
            for role, file in dataset.files.items():
                if file.path == path:
                    known = {"job": "download", "dataset": name, "role": role, "licence": dataset.licence}
                    return {**known, **file.model_dump()}
        raise UserError(f"data/downloads/{path}: no dataset in config/datasets.yaml has this file")

    def prepare_spec(self, dataset: str, size: int) -> dict[str, Any]:
        config = self.catalogue.dataset(dataset, "config")
        keys = ("format", "channels", "fit", "min_images", "test_fraction", "classes")
        spec = {"job": "prepare", "dataset": dataset, "size": size, **{key: getattr(config, key) for key in keys}}
        if config.path:
            return {**spec, "source": self.user_files(dataset)["sha256"]}
        return {**spec, "files": {role: file.checksum for role, file in config.files.items()}}

    def prepare_inputs(self, dataset: str) -> dict[str, Any]:
        config = self.catalogue.dataset(dataset, "config")
        return {role: f"data/downloads/{file.path}" for role, file in config.files.items()}

    def prepared(self, dataset: str, size: int) -> str:
        return f"data/prepared/{dataset}-{size}px.pt"

    def data_of(self, tasks: list[Task], size: int) -> dict[str, str]:
        """Dataset -> prepared file, for some tasks."""
        return {name: self.prepared(name, size) for name in dict.fromkeys(task.dataset for task in tasks)}

    def data_hashes(self, names: Any, size: int) -> dict[str, str]:
        return {name: spec_hash(self.prepare_spec(name, size)) for name in names}

    # ---- training ------------------------------------------------------------------------------------------------

    def base_name(self, stream: str) -> str:
        """The base GAN's folder: its dataset, its classes where they are not all, its size."""
        shape = self.stream(stream)
        names = self.class_names(shape.source.dataset, "config")
        chosen = [names[index] for index in shape.source.classes]
        some = "" if len(chosen) == len(names) else "-" + "_".join(chosen)
        if len(some) > 40:
            some = f"-{len(chosen)}classes-{spec_hash({'classes': chosen})[:6]}"
        colour = "" if shape.channels == (self.catalogue.dataset(shape.source.dataset, "").channels or 3) else "-rgb"
        return f"{shape.source.dataset}{some}-{shape.size}px{colour}"

    def base_checkpoint(self, stream: str, seed: int) -> str:
        return f"{self.R}/bases/{self.base_name(stream)}/seed{seed}/checkpoint.pt"

    def stream_of_base(self, name: str) -> str:
        """Some stream whose base GAN has this folder name; they all describe the same job."""
        streams = dict.fromkeys(experiment.stream for experiment in self.experiments.values())
        return next(s for s in streams if self.stream(s).source and self.base_name(s) == name)

    def base_spec(self, stream: str, seed: int) -> dict[str, Any]:
        shape = self.stream(stream)
        return self._training(stream, BASE, seed, [shape.source], {"stream": self.base_name(stream)})

    def train_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        if method == BASE:
            return self.base_spec(stream, seed)
        shape, contract = self.stream(stream), self.contract(method)
        base = spec_hash(self.base_spec(stream, seed)) if shape.source else None
        if contract["CHAINED"]:
            previous = spec_hash(self.train_spec(stream, method, seed, task - 1)) if task > 1 else base
            lineage = {"base": None, "previous": previous}
        else:
            lineage = {"base": base, "previous": None}
        return self._training(stream, method, seed, list(shape[:task]), lineage)

    def _training(
        self, stream: str, method: str, seed: int, tasks: list[Task], extra: dict[str, Any]
    ) -> dict[str, Any]:
        shape, contract = self.stream(stream), self.contract(method)
        settings = self.method_settings(stream, method, tasks[-1].index)
        steps = settings["steps"] * (len(tasks) if settings.get("steps_grow") else 1)
        count = settings["snapshots"]
        seen = tasks if contract["SEES"] == "all" else tasks[-1:]
        return {
            "job": "train",
            "stream": stream,
            "module": self.catalogue.method(method.partition("-")[0], "config").module,
            "seed": seed,
            "size": shape.size,
            "channels": shape.channels,
            "tasks": [task.to_dict() for task in tasks],
            "settings": settings,
            "steps": steps,
            "snapshots": sorted({max(1, steps * k // count) for k in range(1, count + 1)}),
            "threads": settings["threads"],
            "data": self.data_hashes(self.data_of(seen, shape.size), shape.size),
            "base": None,
            "previous": None,
            **extra,
        }

    def train_inputs(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        """Named inputs of a train job: data, and the base GAN or the previous checkpoint."""
        shape, contract = self.stream(stream), self.contract(method)
        tasks = list(shape[:task]) if contract["SEES"] == "all" else [shape[task - 1]]
        inputs: dict[str, Any] = {"data": list(self.data_of(tasks, shape.size).values())}
        if contract["CHAINED"] and task > 1:
            inputs["previous"] = self.checkpoint(stream, method, seed, task - 1)
        elif shape.source:
            inputs["previous" if contract["CHAINED"] else "base"] = self.base_checkpoint(stream, seed)
        return inputs

    def checkpoint(self, stream: str, method: str, seed: int, task: int) -> str:
        if method == BASE:
            return self.base_checkpoint(stream, seed)
        return f"{self.R}/{stream}/{method}/seed{seed}/task{task}/checkpoint.pt"

    # ---- evaluation ----------------------------------------------------------------------------------------------

    def tiered(self, part: str, tier: str | None = None) -> dict[str, Any]:
        """Settings of the classifier or of the samples at a tier."""
        config, tier = getattr(self.catalogue.evaluation, part), tier or self.tier
        place = f"{self.catalogue.place_of_evaluation}: {part}"
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
        streams = dict.fromkeys(experiment.stream for experiment in self.experiments.values())
        return next(s for s in streams if self.classifier_name(s) == name)

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
        shape = self.stream(stream)
        return shape[index - 1] if index else shape.source

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
            "classifier": spec_hash(self.classifier_spec(stream)),
            "data": self.data_hashes([which.dataset], shape.size),
        }

    def memory(self, method: str, task: int) -> list[int]:
        """The checkpoints that a model after task t consists of (``mneme.methods.interface``)."""
        contract = self.contract(method)
        alone = contract["SEES"] == "current" and not contract["CHAINED"]
        return list(range(1, task + 1)) if alone else [task]

    def _judging(self, stream: str, method: str, seed: int, task: int, tasks: list[int]) -> dict[str, Any]:
        samples = self.tiered("samples")
        hashes = {
            extractor: {str(i): spec_hash(self.reference_spec(stream, i, extractor)) for i in tasks}
            for extractor in self.extractors
        }
        return {
            "stream": stream,
            "method": method,
            "seed": seed,
            "checkpoint": task,
            "chain": self.train_spec(stream, method, seed, task),
            "classifier": spec_hash(self.classifier_spec(stream)),
            "references": hashes["classifier"],
            "inception_references": hashes.get("inception", {}),
            "grid": samples["grid"],
            "threads": samples["threads"],
        }

    def evaluated_tasks(self, method: str, task: int) -> list[int]:
        return [0] if method == BASE else list(range(1, task + 1))

    def evaluate_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        tasks = self.evaluated_tasks(method, task)
        checkpoints = {str(k): spec_hash(self.train_spec(stream, method, seed, k)) for k in self.memory(method, task)}
        return {
            "job": "evaluate",
            **self._judging(stream, method, seed, task, tasks),
            "checkpoints": checkpoints,
            "tasks": [self.task(stream, i).to_dict() for i in tasks],
        }

    def curve_spec(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        return {"job": "curve", **self._judging(stream, method, seed, task, [task])}

    @property
    def inception(self) -> dict[str, str]:
        """The Inception weights as an input, where they are used."""
        wanted = self.config.inception_weights
        if wanted == "download":
            wanted = f"data/downloads/{self.catalogue.evaluation.inception.path}"
        return {"inception": str(Path(wanted).expanduser())} if wanted else {}

    def judge_inputs(self, stream: str, tasks: list[int]) -> dict[str, Any]:
        return {
            "classifier": self.classifier(stream),
            **self.inception,
            **{f"{kind}_references": [self.reference(stream, i, kind) for i in tasks] for kind in self.extractors},
        }

    def sampling_base(self, stream: str, method: str, seed: int) -> dict[str, str]:
        """The base GAN, where sampling needs it: the methods that never chain were built on it."""
        needed = method != BASE and not self.contract(method)["CHAINED"] and self.stream(stream).source
        return {"base": self.base_checkpoint(stream, seed)} if needed else {}

    def evaluate_inputs(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        return {
            **self.judge_inputs(stream, self.evaluated_tasks(method, task)),
            **self.sampling_base(stream, method, seed),
            "checkpoints": [self.checkpoint(stream, method, seed, k) for k in self.memory(method, task)],
        }

    def curve_inputs(self, stream: str, method: str, seed: int, task: int) -> dict[str, Any]:
        return {
            **self.judge_inputs(stream, [task]),
            **self.sampling_base(stream, method, seed),
            "snapshots": f"{self.R}/{stream}/{method}/seed{seed}/task{task}/snapshots.pt",
        }

    # ---- experiments ---------------------------------------------------------------------------------------------

    def jobs(self, experiment: str, methods: list[str]) -> list[tuple[str, str, int, int]]:
        """(stream, method, seed, task) of every checkpoint of some methods."""
        stream = self.experiments[experiment].stream
        tasks = range(1, len(self.stream(stream)) + 1)
        return [(stream, method, seed, task) for method in methods for seed in self.config.seeds for task in tasks]

    def base_jobs(self, experiment: str) -> list[tuple[str, str, int, int]]:
        stream = self.experiments[experiment].stream
        return [(stream, BASE, seed, 0) for seed in self.config.seeds] if self.stream(stream).source else []

    def result(self, stream: str, method: str, seed: int, task: int, file: str) -> str:
        return f"{self.R}/{stream}/{method}/seed{seed}/task{task}/{file}"

    def table_inputs(self, experiment: str) -> dict[str, Any]:
        config = self.experiments[experiment]
        return {
            "evaluations": [self.result(*job, "evaluation.json") for job in self.jobs(experiment, config.methods)],
            "curves": [self.result(*job, "curve.json") for job in self.jobs(experiment, config.curves)],
        }

    def table_spec(self, experiment: str) -> dict[str, Any]:
        config = self.experiments[experiment]
        chains = [spec_hash(self.evaluate_spec(*job)) for job in self.jobs(experiment, config.methods)]
        curves = [spec_hash(self.curve_spec(*job)) for job in self.jobs(experiment, config.curves)]
        return {"job": "table", "experiment": experiment, "tier": self.tier, "chains": chains, "curves": curves}

    # ---- figures and claims --------------------------------------------------------------------------------------

    @property
    def artefacts(self) -> list[str]:
        """All artefacts that some chosen experiment shows."""
        return sorted({artefact for experiment in self.experiments.values() for artefact in experiment.artefacts})

    def figure_values(self, experiment: str, artefact: str) -> dict[str, Any]:
        """A notebook's parameters: of all that an experiment can give, what its parameters cell names."""
        config, seed = self.experiments[experiment], self.config.seeds[0]
        stream = self.stream(config.stream)
        tables = {name: f"{self.R}/tables/{experiment}/{name}.csv" for name in ("quality", "summary", "curve")}
        samples: dict[str, dict[int, str]] = {}
        for job in self.jobs(experiment, config.methods):
            if job[2] == seed:
                samples.setdefault(job[1], {})[job[3]] = self.result(*job, "samples.pt")
        values = {
            "src": os.path.relpath(self.source),
            **tables,
            "samples": samples,
            "references": {task.index: self.reference(stream.name, task.index, "classifier") for task in stream},
            "tasks": [task.to_dict() for task in stream],
            "tier": self.tier,
            "experiment": experiment,
            "title": config.title,
            "output": f"{self.R}/figures/{experiment}/{artefact}",
        }
        if stream.source:
            values["base_samples"] = self.result(stream.name, BASE, seed, 0, "samples.pt")
            values["base_evaluation"] = self.result(stream.name, BASE, seed, 0, "evaluation.json")
            values["base_reference"] = self.reference(stream.name, 0, "classifier")
        wanted = parameters(self.root / "notebooks" / f"{artefact}.ipynb")
        if missing := wanted - set(values):
            raise UserError(
                f"notebooks/{artefact}.ipynb: stream '{stream.name}' has nothing for its parameter '{min(missing)}'; "
                f"leave '{artefact}' out of {self.catalogue.place('experiments', experiment)}"
            )
        return {name: value for name, value in values.items() if name in wanted}

    def figure_inputs(self, experiment: str, artefact: str) -> dict[str, Any]:
        """The files among a notebook's parameters."""
        values = self.figure_values(experiment, artefact)
        single = ("quality", "summary", "curve", "base_samples", "base_evaluation", "base_reference")
        inputs: dict[str, Any] = {name: values[name] for name in single if name in values}
        if "samples" in values:
            inputs["samples"] = [path for cells in values["samples"].values() for path in cells.values()]
        if "references" in values:
            inputs["references"] = list(values["references"].values())
        return inputs

    def parameters_inputs(self, experiment: str) -> dict[str, Any]:
        """The base GAN, and the last checkpoint of each method for the first seed."""
        stream, seed = self.experiments[experiment].stream, self.config.seeds[0]
        last = len(self.stream(stream))
        checkpoints = [self.checkpoint(stream, method, seed, last) for method in self.experiments[experiment].methods]
        return {"base": self.base_checkpoint(stream, seed), "checkpoints": checkpoints}

    def parameters_spec(self, experiment: str) -> dict[str, Any]:
        stream, seed = self.experiments[experiment].stream, self.config.seeds[0]
        methods = self.experiments[experiment].methods
        chains = {
            method: spec_hash(self.train_spec(stream, method, seed, len(self.stream(stream)))) for method in methods
        }
        return {"job": "parameters", "experiment": experiment, "chains": chains}

    def claims_inputs(self, experiment: str) -> dict[str, Any]:
        """Tables, and the count of parameters where there is a base GAN to compare with."""
        config = self.experiments[experiment]
        names = ["quality.csv", "summary.csv", "curve.csv"]
        names += ["parameters.json"] if self.stream(config.stream).source else []
        return {name.partition(".")[0]: f"{self.R}/tables/{experiment}/{name}" for name in names}

    def claims_file(self, experiment: str) -> str:
        return os.path.relpath(self.root / "config" / "claims" / f"{self.experiments[experiment].claims}.yaml")

    def claims_spec(self, experiment: str) -> dict[str, Any]:
        return {
            "job": "claims",
            "experiment": experiment,
            "tier": self.tier,
            "table": spec_hash(self.table_spec(experiment)),
        }

    # ---- code ----------------------------------------------------------------------------------------------------

    def code(
        self, script: str, *, method: str | None = None, dataset: str | None = None, notebook: str | None = None
    ) -> str:
        """The code hash of a job: its script or notebook, and the one method or format module its wildcards chose."""
        entries = (
            [self.root / "notebooks" / f"{notebook}.ipynb"]
            if notebook
            else [self.root / f"workflow/scripts/{script}.py"]
        )
        if method:
            entries.append(self.contract(method)["file"])
        if dataset:
            entries.append(self.format_file(dataset))
        return code.code_hash(tuple(entries), self.source)

    def format_file(self, dataset: str) -> Path:
        """The module that reads a dataset's files."""
        word = self.catalogue.dataset(dataset, "config").format
        path = code.module_file(f"mneme.data.formats.{word}", self.source)
        if path is None:
            known = [file.stem for file in (self.source / "mneme/data/formats").glob("[a-z]*.py")]
            place = self.catalogue.place_of_dataset(dataset)
            raise UserError(f"{place}: unknown format '{word}'{near_miss(word, known)}")
        return path
