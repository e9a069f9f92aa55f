"""Methods, solvers and other settings: the contract of each, and its settings in one job."""

from functools import cache
from pathlib import Path
from typing import Any

from mneme.catalogue.resolve import resolve
from mneme.errors import UserError, near_miss
from mneme.plan import code
from mneme.plan.names import BASE
from mneme.plan.plan import Plan
from mneme.spec import class_name


@cache
def contract(plan: Plan, method: str, asked_by: str = "config") -> dict[str, Any]:
    """``SEES``, ``CHAINED``, ``BASE``, ``CONDITIONAL``, ``FIRST`` of a method, its ``file`` and ``module``.

    Raises:
        UserError: no such method, variant or module.
    """
    name, _, variant = method.partition("-")
    config = plan.catalogue.method(name, asked_by)
    if variant and variant not in config.variants:
        raise UserError(f"{asked_by}: {name} has no variant '{variant}'{near_miss(variant, config.variants)}")
    path = code.method_file(config.module, plan.source)
    if path is None:
        known = [file.stem for file in (plan.source / "mneme" / "methods").glob("*/[a-z]*.py")]
        where = plan.catalogue.location("methods", name)
        raise UserError(f"{where}: no module '{config.module}' in src/mneme/methods/{near_miss(config.module, known)}")
    constants = code.class_constants(path, plan.source)
    if "SEES" not in constants:
        raise UserError(f"{path}: holds no class {class_name(path.stem)} that is a Method; see src/mneme/method.py")
    return {**constants, "file": path, "module": code.module_name(path, plan.source)}


@cache
def settings_of(plan: Plan, stream: str, method: str, task: int, tier: str | None = None) -> dict[str, Any]:
    """Settings of one training job: published < tier < stream < stream at this tier < variant < task."""
    tier, (name, _, variant) = tier or plan.tier, method.partition("-")
    config, streamed = plan.catalogue.method(name, "config"), plan.catalogue.stream(stream, "config")
    file, stream_file = plan.catalogue.location("methods", name), plan.catalogue.location("streams", stream)
    overlays = [
        (f"{file}: tiers.{tier}", config.tiers.get(tier, {})),
        (f"{stream_file}: settings.{name}", streamed.settings.get(name, {})),
        (f"{stream_file}: tiers.{tier}.{name}", streamed.tiers.get(tier, {}).get(name, {})),
        (f"{file}: variants.{variant}", config.variants.get(variant, {})),
    ]
    if task:
        overlays.append((f"{stream_file}: tasks.{task - 1}.settings", streamed.tasks[task - 1].settings))
    return resolve(config.settings, overlays, config.choices, f"{file}: settings")


@cache
def is_conditional(plan: Plan, stream: str, method: str) -> bool:
    """Whether a method makes the class it is asked for."""
    answer = contract(plan, method)["CONDITIONAL"]
    return settings_of(plan, stream, method, 1)[answer.name] if isinstance(answer, code.Setting) else answer


@cache
def learner(plan: Plan, stream: str, method: str, task: int) -> str:
    """The method whose job learns a task: for task 1 its FIRST, where all settings which that one has are equal."""
    first = None if method == BASE else contract(plan, method)["FIRST"]
    if task != 1 or first is None:
        return method
    own, shared = (settings_of(plan, stream, name, 1) for name in (method, first))
    return first if shared.items() <= own.items() else method


def checkpoints_of(plan: Plan, method: str, task: int) -> list[int]:
    """The checkpoints that a model after task t consists of (table in ``mneme.method``)."""
    known = contract(plan, method)
    alone = known["SEES"] == "current" and not known["CHAINED"]
    return list(range(1, task + 1)) if alone else [task]


@cache
def solver_contract(plan: Plan, solver: str, asked_by: str = "config") -> dict[str, Any]:
    """``SEES``, ``REPLAYS``, ``file`` and ``module`` of a solver, and the method that it ``replays``, or None."""
    name, _, rest = solver.partition("-")
    config, where = plan.catalogue.solver(name, asked_by), plan.catalogue.location("solvers", name)
    path = code.module_file(f"mneme.solvers.{config.module}", plan.source)
    constants = code.class_constants(path, plan.source) if path else {}
    if missing := {"SEES", "REPLAYS"} - set(constants):
        raise UserError(
            f"{where}: module '{config.module}': no class in mneme.solvers.{config.module} states "
            f"{', '.join(sorted(missing))}; see solvers/solver.py"
        )
    if constants["REPLAYS"] and not rest:
        raise UserError(f"{asked_by}: '{solver}' does not say whose samples; write {solver}-METHOD, of the methods")
    if rest and not constants["REPLAYS"] and rest not in config.variants:
        raise UserError(f"{asked_by}: {name} has no variant '{rest}'{near_miss(rest, config.variants)}")
    replays = rest if constants["REPLAYS"] else None
    return {**constants, "file": path, "module": config.module, "replays": replays}


@cache
def solver_settings(plan: Plan, solver: str, tier: str | None = None) -> dict[str, Any]:
    """Settings of a solver's jobs: published < tier < variant."""
    tier, (name, _, variant) = tier or plan.tier, solver.partition("-")
    config, file = plan.catalogue.solver(name, "config"), plan.catalogue.location("solvers", name)
    overlays = [(f"{file}: tiers.{tier}", config.tiers.get(tier, {}))]
    overlays += [(f"{file}: variants.{variant}", config.variants[variant])] if variant in config.variants else []
    return resolve(config.settings, overlays, config.choices, f"{file}: settings")


@cache
def evaluation_settings(plan: Plan, part: str, tier: str | None = None) -> dict[str, Any]:
    """Settings of one part of ``config/evaluation.yaml``, such as ``samples``, at a tier."""
    config, tier = getattr(plan.catalogue.evaluation, part), tier or plan.tier
    where = f"{plan.catalogue.evaluation_location}: {part}"
    return resolve(config.settings, [(f"{where}.tiers.{tier}", config.tiers.get(tier, {}))], {}, where)


def format_file(plan: Plan, dataset: str) -> Path:
    """The module that reads a dataset's files.

    Raises:
        UserError: there is no such format.
    """
    word = plan.catalogue.dataset(dataset, "config").format
    path = code.module_file(f"mneme.data.formats.{word}", plan.source)
    if path is None:
        known = [file.stem for file in (plan.source / "mneme/data/formats").glob("[a-z]*.py")]
        where = plan.catalogue.location("datasets", dataset)
        raise UserError(f"{where}: unknown format '{word}'{near_miss(word, known)}")
    return path
