"""Jobs of solvers: classifiers that learn the stream's tasks, some of them on a generator's replays."""

from typing import Any

from mneme.catalogue.resolve import resolve
from mneme.errors import UserError, near_miss
from mneme.plan import code
from mneme.plan.evaluation import EvaluationJobs
from mneme.plan.inputs import Inputs


class SolverJobs(EvaluationJobs):
    """``solve``: one job for each stream, solver, seed and task, chained; ``mneme.solvers.solver`` says what of."""

    def solver(self, solver: str, asked_by: str = "config") -> dict[str, Any]:
        """``SEES`` and ``REPLAYS`` of a solver, the file it is in, and the method that it ``replays``, or None."""
        name, _, rest = solver.partition("-")
        config, place = self.catalogue.solver(name, asked_by), self.catalogue.location("solvers", name)
        module = f"mneme.solvers.{config.module}"
        path = code.module_file(module, self.source)
        constants = code.class_constants(path, self.source) if path else {}
        if missing := {"SEES", "REPLAYS"} - set(constants):
            raise UserError(
                f"{place}: module '{config.module}': no class in {module} states {', '.join(sorted(missing))}; "
                "see solvers/solver.py"
            )
        if constants["REPLAYS"] and not rest:
            raise UserError(f"{asked_by}: '{solver}' does not say whose samples; write {solver}-METHOD, of the methods")
        if rest and not constants["REPLAYS"] and rest not in config.variants:
            raise UserError(f"{asked_by}: {name} has no variant '{rest}'{near_miss(rest, config.variants)}")
        return {**constants, "file": path, "replays": rest if constants["REPLAYS"] else None}

    def solver_settings(self, solver: str, tier: str | None = None) -> dict[str, Any]:
        """Settings of a solver's jobs: published < tier < variant."""
        tier, (name, _, variant) = tier or self.tier, solver.partition("-")
        config, file = self.catalogue.solver(name, "config"), self.catalogue.location("solvers", name)
        overlays = [(f"{file}: tiers.{tier}", config.tiers.get(tier, {}))]
        overlays += [(f"{file}: variants.{variant}", config.variants[variant])] if variant in config.variants else []
        return resolve(config.settings, overlays, config.choices, f"{file}: settings")

    def conditional(self, stream: str, method: str) -> bool:
        """Whether a method makes the class it is asked for."""
        answer = self.contract(method)["CONDITIONAL"]
        return self.method_settings(stream, method, 1)[answer.name] if isinstance(answer, code.Setting) else answer

    def solve_spec(self, stream: str, solver: str, seed: int, task: int) -> dict[str, Any]:
        shape, contract, settings = self.stream(stream), self.solver(solver), self.solver_settings(solver)
        tasks = self.tasks(stream, task)
        method, generator = contract["replays"], None
        if method and task > 1:
            chain = self.train_spec(stream, method, seed, task - 1)
            generator = {"chain": chain, "checkpoints": self.model_spec(stream, method, seed, task - 1)}
        starts = self.pretrained(solver, task)
        return {
            "job": "solve",
            "stream": stream,
            "solver": solver,
            "module": self.catalogue.solver(solver.partition("-")[0], "config").module,
            "seed": seed,
            "size": shape.size,
            "channels": shape.channels,
            "tasks": [one.to_dict() for one in tasks],
            "settings": settings,
            "threads": settings["threads"],
            "data": self.data_hashes(self.data_of(tasks, shape.size), shape.size),
            "previous": self.hash_of("solve", stream, solver, seed, task - 1) if task > 1 else None,
            "weights": self.catalogue.evaluation.resnet18.checksum if starts else None,
            "generator": generator,
        }

    def pretrained(self, solver: str, task: int) -> Inputs:
        """The weights that a solver's first task starts from: published ones, where there are any for its network."""
        wanted = task == 1 and self.solver_settings(solver)["network"] == "resnet18"
        return self.network_weights("resnet18") if wanted else {}

    def solve_inputs(self, stream: str, solver: str, seed: int, task: int) -> Inputs:
        """Data (of earlier tasks for their test images), the solver before, the generator of the tasks before."""
        shape, method = self.stream(stream), self.solver(solver)["replays"]
        inputs: Inputs = {"data": self.data_of(self.tasks(stream, task), shape.size), **self.pretrained(solver, task)}
        if task > 1:
            inputs["previous"] = self.solved(stream, solver, seed, task - 1, "checkpoint.pt")
        return inputs | (self.model_inputs(stream, method, seed, task - 1) if method and task > 1 else {})

    def solve_code(self, stream: str, solver: str, task: int) -> str:
        """The code hash of a solver's job; a generator's module is part of it once there is something to replay."""
        contract = self.solver(solver)
        replays = task > 1 and contract["replays"]
        method = self.learner(stream, contract["replays"], task - 1) if replays else None
        return self.code("solve", method=method, solver=contract["file"])

    def solved(self, stream: str, solver: str, seed: int, task: int, file: str) -> str:
        """A file of one task of a solver."""
        return f"{self.R}/{stream}/solvers/{solver}/seed{seed}/task{task}/{file}"
