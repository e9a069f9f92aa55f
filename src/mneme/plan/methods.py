"""Methods and other settings: the contract of each, and its settings in one job."""

from functools import cache
from pathlib import Path
from typing import Any

from mneme.catalogue.outside import files
from mneme.catalogue.resolve import resolve
from mneme.errors import UserError, near_miss
from mneme.plan import code
from mneme.plan.names import BASE
from mneme.plan.outside import check_imports
from mneme.plan.plan import Plan
from mneme.spec import class_name


@cache
def contract(plan: Plan, method: str, asked_by: str = "config") -> dict[str, Any]:
    """The constants of a method (``mneme.method``), its ``file`` and ``module``, and the method that it ``replays``, or
    None.

    Raises:
        UserError: no such method, variant or module, or a module outside the checkout that does not import.
    """
    name, _, rest = method.partition("-")
    config = plan.catalogue.method(name, asked_by)
    path = code.method_file(name, plan.source, plan.outside)
    if path is None:
        known = [file.stem for file in (plan.source / "mneme" / "methods").glob("*/[a-z]*.py")]
        known += [file.stem for folder in plan.outside for file in files(folder, ".py")]
        where, places = plan.catalogue.location("methods", name), ["src/mneme/methods/", *map(str, plan.outside)]
        hint = near_miss(name, known)
        raise UserError(f"{where}: no module '{name}' in {' or '.join(places)}{hint}")
    check_imports(plan, path)
    constants = code.class_constants(path, plan.source, plan.outside)
    if "SEES" not in constants:
        raise UserError(f"{path}: holds no class {class_name(path.stem)} that is a Method; see src/mneme/method.py")
    if by_setting := [word for word in ("GIVES", "REPLAYS") if isinstance(constants[word], code.Setting)]:
        raise UserError(f"{path}: {by_setting[0]} of a method is one for all its settings; write it out")
    replays = rest if constants["REPLAYS"] else None
    if replays == "":
        raise UserError(f"{asked_by}: '{method}' does not say whose samples; write {method}-METHOD, of the methods")
    if rest and not replays and rest not in config.variants:
        raise UserError(f"{asked_by}: {name} has no variant '{rest}'{near_miss(rest, config.variants)}")
    module = code.module_name(path, plan.source, plan.outside)
    return {**constants, "file": path, "module": module, "replays": replays}


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
        (f"{file}: variants.{variant}", config.variants.get(variant, {})),  # none of a method that replays
    ]
    if task:
        overlays.append((f"{stream_file}: tasks.{task - 1}.settings", streamed.tasks[task - 1].settings))
    return resolve(config.settings, overlays, config.choices, config.ranges, f"{file}: settings")


@cache
def constant(plan: Plan, stream: str, method: str, name: str) -> Any:
    """A constant of a method's contract, with the value of its setting where it is one."""
    value = contract(plan, method)[name]
    return settings_of(plan, stream, method, 1)[value.name] if isinstance(value, code.Setting) else value


def is_conditional(plan: Plan, stream: str, method: str) -> bool:
    """Whether a method makes the class it is asked for."""
    return constant(plan, stream, method, "CONDITIONAL")


def gives(plan: Plan, method: str, what: str) -> bool:
    """Whether a method gives ``images`` or ``predictions``."""
    return what in contract(plan, method)["GIVES"]


@cache
def learner(plan: Plan, stream: str, method: str, task: int) -> str:
    """The method whose job learns a task: for task 1 its FIRST, or the method without its variant, where all settings
    that this one has are equal; those without effect on task 1 (LATER) may differ."""
    if task != 1 or method == BASE:
        return method
    known, own = contract(plan, method), settings_of(plan, stream, method, 1)
    name, _, variant = method.partition("-")
    for other in filter(None, (known["FIRST"], name if variant and not known["replays"] else None)):
        shared = settings_of(plan, stream, other, 1).items()
        if {key: value for key, value in shared if key not in known["LATER"]}.items() <= own.items():
            return learner(plan, stream, other, 1)
    return method


def checkpoints_of(plan: Plan, method: str, task: int) -> list[int]:
    """The checkpoints that a model after task t consists of (table in ``mneme.method``)."""
    known = contract(plan, method)
    alone = known["SEES"] == "current" and not known["CHAINED"]
    return list(range(1, task + 1)) if alone else [task]


@cache
def evaluation_settings(plan: Plan, part: str, tier: str | None = None) -> dict[str, Any]:
    """Settings of one part of ``config/evaluation.yaml``, such as ``samples``, at a tier."""
    config, tier = getattr(plan.catalogue.evaluation, part), tier or plan.tier
    where = f"{plan.catalogue.evaluation_location}: {part}"
    return resolve(config.settings, [(f"{where}.tiers.{tier}", config.tiers.get(tier, {}))], {}, config.ranges, where)


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
