"""Jobs that show an experiment: tables, figures, claims."""

import os
from typing import Any

from mneme.errors import UserError
from mneme.plan.check import BASE
from mneme.plan.evaluation import EvaluationJobs
from mneme.plan.notebooks import parameters

COMPRESSED = "gan_memory_compressed"  # the chain whose last checkpoint Table 1 of GAN Memory counts
STYLES = {"images": "pt", "singular": "json", "truncation": "json"}  # what is made of a chain's style sets


class ExperimentJobs(EvaluationJobs):
    """``table``, ``parameters``, ``figure_...`` and ``claims``."""

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
        chains = [self.hash_of("evaluate", *job) for job in self.jobs(experiment, config.methods)]
        curves = [self.hash_of("curve", *job) for job in self.jobs(experiment, config.curves)]
        return {"job": "table", "experiment": experiment, "tier": self.tier, "chains": chains, "curves": curves}

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
        values["storage"] = f"{self.R}/tables/{experiment}/storage.json"
        if COMPRESSED in config.methods:
            values["compressed"] = self.checkpoint(stream.name, COMPRESSED, seed, len(stream))
        if styled := self.styled_method(experiment):
            values |= {
                f"styles_{name}": f"{self.R}/{stream.name}/{styled}/seed{seed}/styles/{name}.{kind}"
                for name, kind in STYLES.items()
            }
        wanted = parameters(self.root / "notebooks" / f"{artefact}.ipynb")
        if missing := wanted - set(values):
            raise UserError(
                f"notebooks/{artefact}.ipynb: stream '{stream.name}' has nothing for its parameter '{min(missing)}'; "
                f"leave '{artefact}' out of {self.catalogue.place('experiments', experiment)}"
            )
        return {name: value for name, value in values.items() if name in wanted}

    def styled_method(self, experiment: str) -> str | None:
        """The method of an experiment whose style sets are looked into: the first unchanged GAN Memory."""
        methods = self.experiments[experiment].methods
        return next((m for m in methods if m == "gan_memory"), None)

    def figure_inputs(self, experiment: str, artefact: str) -> dict[str, Any]:
        """The files among a notebook's parameters."""
        values = self.figure_values(experiment, artefact)
        single = ("quality", "summary", "curve", "base_samples", "base_evaluation", "base_reference")
        single += ("compressed", "storage")
        single += tuple(f"styles_{name}" for name in STYLES)
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
        last = len(self.stream(stream))
        chains = {method: self.hash_of("train", stream, method, seed, last) for method in methods}
        return {"job": "parameters", "experiment": experiment, "chains": chains}

    def storage_chains(self, experiment: str) -> dict[str, dict[str, Any]]:
        """Of each method, for the first seed: the checkpoint and the benchmark of every task, and whether the model
        after task t is all files up to it, or that one alone."""
        stream, seed = self.experiments[experiment].stream, self.config.seeds[0]
        tasks, logs = range(1, len(self.stream(stream)) + 1), f"logs/benchmarks/{self.tier}/{stream}"
        return {
            method: {
                "together": self.memory(method, 2) == [1, 2],
                "checkpoints": [self.checkpoint(stream, method, seed, task) for task in tasks],
                "benchmarks": [f"{logs}/{method}/seed{seed}/task{task}.jsonl" for task in tasks],
            }
            for method in self.experiments[experiment].methods
        }

    def storage_spec(self, experiment: str) -> dict[str, Any]:
        stream, seed = self.experiments[experiment].stream, self.config.seeds[0]
        tasks = range(1, len(self.stream(stream)) + 1)
        methods = self.experiments[experiment].methods
        chains = {m: [self.hash_of("train", stream, m, seed, task) for task in tasks] for m in methods}
        return {"job": "storage", "experiment": experiment, "seed": seed, "chains": chains}

    def claims_inputs(self, experiment: str) -> dict[str, Any]:
        """Tables, the count of parameters where there is a base GAN to compare with, and what was seen in styles."""
        config = self.experiments[experiment]
        names = ["quality.csv", "summary.csv", "curve.csv"]
        names += ["parameters.json"] if self.has_base(config.stream) else []
        looked = {"singular": "singular_values", "truncation": "truncation"}  # input -> the artefact that has it made
        seen = {
            name: self.figure_values(experiment, artefact)[f"styles_{name}"]
            for name, artefact in looked.items()
            if artefact in config.artefacts
        }
        return {name.partition(".")[0]: f"{self.R}/tables/{experiment}/{name}" for name in names} | seen

    def claims_file(self, experiment: str) -> str:
        return os.path.relpath(self.root / "config" / "claims" / f"{self.experiments[experiment].claims}.yaml")

    def claims_spec(self, experiment: str) -> dict[str, Any]:
        return {
            "job": "claims",
            "experiment": experiment,
            "tier": self.tier,
            "table": self.hash_of("table", experiment),
        }
