"""Jobs that show an experiment: tables, figures, claims."""

import os
from typing import Any

from mneme.catalogue import paper
from mneme.errors import UserError
from mneme.plan.check import BASE
from mneme.plan.inputs import Inputs
from mneme.plan.notebooks import parameters
from mneme.plan.probes import ProbeJobs

COMPRESSED = "gan_memory_compressed"  # the chain whose last checkpoint Table 1 of GAN Memory counts
STYLED = "gan_memory"  # the chain whose style sets are looked into
STYLES = {"images": "pt", "singular": "json", "truncation": "json"}  # what is made of them


class ExperimentJobs(ProbeJobs):
    """``table``, ``parameters``, ``storage``, ``figure_...`` and ``claims``."""

    def jobs(
        self, experiment: str, methods: list[str], tasks: list[int] | None = None
    ) -> list[tuple[str, str, int, int]]:
        """(stream, method, seed, task) of some methods' checkpoints, of all of them unless tasks are given."""
        stream = self.experiment(experiment).stream
        tasks = list(range(1, len(self.stream(stream)) + 1)) if tasks is None else tasks
        return [(stream, method, seed, task) for method in methods for seed in self.config.seeds for task in tasks]

    def measured(self, experiment: str) -> dict[str, list[tuple[str, str, int, int]]]:
        """Job -> all of this kind that an experiment's tables gather."""
        config = self.experiment(experiment)
        return {
            "evaluate": self.jobs(experiment, config.methods),
            "reverse": self.jobs(experiment, config.reverse, self.reversed_tasks(config.stream)),
            "curve": self.jobs(experiment, config.curves),
            "evolution": self.jobs(experiment, config.evolution, self.evolution_tasks(config.stream)),
            "solve": self.jobs(experiment, config.solvers),
        }

    def table_inputs(self, experiment: str) -> Inputs:
        """The rows of the quality table (``evaluations``), of the curve table and of the solvers' table."""
        jobs = self.measured(experiment)
        rows = {
            job: [self.result(*one, f"{job}.json") for one in jobs[job]] for job in ("reverse", "curve", "evolution")
        }
        return {
            "evaluations": [self.result(*one, "evaluation.json") for one in jobs["evaluate"]] + rows["reverse"],
            "curves": rows["curve"] + rows["evolution"],
            "classifications": [self.solved(*one, "rows.json") for one in jobs["solve"]],
        }

    def table_spec(self, experiment: str) -> dict[str, Any]:
        hashes = {job: [self.hash_of(job, *one) for one in jobs] for job, jobs in self.measured(experiment).items()}
        return {"job": "table", "experiment": experiment, "tier": self.tier, **hashes}

    @property
    def artefacts(self) -> list[str]:
        """All artefacts that some chosen experiment shows."""
        return sorted({artefact for experiment in self.experiments.values() for artefact in experiment.artefacts})

    def figure_files(self, experiment: str) -> Inputs:
        """All files that a notebook may ask for, by the name of its parameter."""
        config, seed = self.experiment(experiment), self.config.seeds[0]
        stream = self.stream(config.stream)
        samples: dict[str, dict[int, str]] = {}
        evolutions: dict[str, dict[int, str]] = {}
        measured = self.measured(experiment)
        for job, name, shown in (("evaluate", "samples", samples), ("evolution", "evolution", evolutions)):
            for one in measured[job]:
                if one[2] == seed:
                    shown.setdefault(one[1], {})[one[3]] = self.result(*one, f"{name}.pt")
        timings: dict[str, dict[int, dict[int, str]]] = {}
        for job in measured["evaluate"]:
            timings.setdefault(job[1], {}).setdefault(job[2], {})[job[3]] = self.timing(*job)
        known: Inputs = {
            **{name: f"{self.R}/tables/{experiment}/{name}.csv" for name in ("quality", "summary", "curve")},
            "samples": samples,
            "timings": timings,
            "references": {task.index: self.reference(stream.name, task.index, "classifier") for task in stream},
            "storage": f"{self.R}/tables/{experiment}/storage.json",
        }
        if evolutions:
            known["evolutions"] = evolutions
        if config.solvers:
            known["classification"] = f"{self.R}/tables/{experiment}/classification.csv"
            sources = [replayed for name in config.solvers if (replayed := self.solver(name)["replays"])]
            known["replays"] = {method: samples[method][len(stream)] for method in sources}
        if stream.source:
            known["base_samples"] = self.result(stream.name, BASE, seed, 0, "samples.pt")
            known["base_evaluation"] = self.result(stream.name, BASE, seed, 0, "evaluation.json")
            known["base_reference"] = self.reference(stream.name, 0, "classifier")
        if COMPRESSED in config.methods:
            known["compressed"] = self.checkpoint(stream.name, COMPRESSED, seed, len(stream))
        if STYLED in config.methods:
            for name, kind in STYLES.items():
                known[f"styles_{name}"] = f"{self.R}/{stream.name}/{STYLED}/seed{seed}/styles/{name}.{kind}"
        return known

    def figure_inputs(self, experiment: str, artefact: str) -> Inputs:
        """The files that a notebook's parameters name."""
        wanted = self.notebook_parameters(artefact)
        return {name: value for name, value in self.figure_files(experiment).items() if name in wanted}

    def figure_values(self, experiment: str, artefact: str) -> dict[str, Any]:
        """A notebook's parameters: of all that an experiment can give, what its parameters cell names."""
        config = self.experiment(experiment)
        stream = self.stream(config.stream)
        values = {
            **self.figure_files(experiment),
            "src": os.path.relpath(self.source),
            "tasks": [task.to_dict() for task in stream],
            "tier": self.tier,
            "experiment": experiment,
            "title": config.title,
            "methods": self.looks(experiment),
            "published": paper.fitting(self.catalogue.papers.values(), stream),
            "output": f"{self.R}/figures/{experiment}/{artefact}",
        }
        wanted = self.notebook_parameters(artefact)
        if missing := wanted - set(values):
            raise UserError(
                f"notebooks/{artefact}.ipynb: stream '{stream.name}' has nothing for its parameter '{min(missing)}'; "
                f"leave '{artefact}' out of {self.catalogue.place('experiments', experiment)}"
            )
        return {name: value for name, value in values.items() if name in wanted}

    def notebook_parameters(self, artefact: str) -> frozenset[str]:
        return parameters(self.root / "notebooks" / f"{artefact}.ipynb")

    def parameters_inputs(self, experiment: str) -> Inputs:
        """The base GAN, and the last checkpoint of each method for the first seed.

        What a method keeps of a task is the same for all seeds, but for a compressed chain: its count is the first's.
        """
        stream, seed = self.experiment(experiment).stream, self.config.seeds[0]
        methods, last = self.experiment(experiment).methods, len(self.stream(stream))
        checkpoints = {method: self.checkpoint(stream, method, seed, last) for method in methods}
        return {"base": self.base_checkpoint(stream, seed), "checkpoints": checkpoints}

    def parameters_spec(self, experiment: str) -> dict[str, Any]:
        stream, seed = self.experiment(experiment).stream, self.config.seeds[0]
        methods = self.experiment(experiment).methods
        last = len(self.stream(stream))
        chains = {method: self.hash_of("train", stream, method, seed, last) for method in methods}
        return {"job": "parameters", "experiment": experiment, "chains": chains}

    def storage_inputs(self, experiment: str) -> Inputs:
        """All checkpoints of all methods for the first seed, under ``method/task``."""
        stream, seed = self.experiment(experiment).stream, self.config.seeds[0]
        methods, tasks = self.experiment(experiment).methods, range(1, len(self.stream(stream)) + 1)
        return {"checkpoints": {f"{m}/{t}": self.checkpoint(stream, m, seed, t) for m in methods for t in tasks}}

    def storage_spec(self, experiment: str) -> dict[str, Any]:
        """``together``: methods whose model after task t is all checkpoints up to t, not that of t alone."""
        stream, seed = self.experiment(experiment).stream, self.config.seeds[0]
        methods, tasks = self.experiment(experiment).methods, range(1, len(self.stream(stream)) + 1)
        chains = {m: [self.hash_of("train", stream, m, seed, task) for task in tasks] for m in methods}
        together = [method for method in methods if len(self.memory(method, 2)) == 2]
        return {"job": "storage", "stream": stream, "seed": seed, "together": together, "chains": chains}

    def claims_inputs(self, experiment: str) -> Inputs:
        """The claims; tables, samples, the count of parameters where there is a base GAN to compare with, and what was
        seen in styles where the experiment shows it."""
        config, known = self.experiment(experiment), self.figure_files(experiment)
        names = ["quality.csv", "summary.csv", "curve.csv"]
        names += ["classification.csv"] if config.solvers else []
        names += ["parameters.json"] if self.has_base(config.stream) else []
        tables = {name.partition(".")[0]: f"{self.R}/tables/{experiment}/{name}" for name in names}
        looks = {"singular": "singular_values", "truncation": "truncation"}  # and the artefact that has it made
        seen = {name: known[f"styles_{name}"] for name, artefact in looks.items() if artefact in config.artefacts}
        jobs = self.jobs(experiment, config.methods)
        samples = {f"{method}/{seed}/{t}": self.result(s, method, seed, t, "samples.pt") for s, method, seed, t in jobs}
        file = self.catalogue.file("papers", config.paper)
        return {**tables, **seen, "samples": samples, **({"paper": os.path.relpath(file)} if file else {})}

    def claims_spec(self, experiment: str) -> dict[str, Any]:
        """``own``: what the user's config lays over the paper's file."""
        name = self.experiment(experiment).paper
        own = self.catalogue.config.catalogue.papers.get(name)
        return {
            "job": "claims",
            "experiment": experiment,
            "tier": self.tier,
            "table": self.hash_of("table", experiment),
            "paper": name,
            "methods": self.looks(experiment),
            **({"own": own} if own else {}),
        }

    def looks(self, experiment: str) -> dict[str, dict[str, Any]]:
        """How the experiment's methods and solvers look in print."""
        config = self.experiment(experiment)
        return paper.looks(self.catalogue.papers.values(), [BASE, *config.methods, *config.solvers])
