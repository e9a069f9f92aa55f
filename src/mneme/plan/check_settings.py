"""Whether the settings of a method fit each other, and a stream."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, get_args

from mneme.catalogue import schema
from mneme.data.stream import Stream
from mneme.errors import UserError, near_miss
from mneme.plan.code import Setting
from mneme.plan.methods import contract, settings_of
from mneme.plan.plan import Plan

TIERS = get_args(schema.Tier)  # all of them: a typo in another tier's overlay is found now, not when it is first used
NEEDED = {"steps", "batch", "snapshots", "threads"}  # settings that the training loop and the plan ask for


def check_settings(plan: Plan, method: str, stream: Stream, tasks: Iterable[int]) -> None:
    """Check the settings of a method in some tasks of a stream, at every tier.

    Raises:
        UserError: one that every method says is missing, a bound or choice is of no setting, a bound is exceeded, or
            the stream's classes do not fit.
    """
    name = method.partition("-")[0]
    of_method, of_stream = plan.catalogue.location("methods", name), plan.catalogue.location("streams", stream.name)
    config, keeps = plan.catalogue.method(name, "config"), contract(plan, method)["KEEPS"]
    count = sum(len(task.labels) for task in stream)
    for tier, task in product(TIERS, tasks):
        settings = settings_of(plan, stream.name, method, task, tier)
        if missing := NEEDED - set(settings):
            raise UserError(f"{of_method}: settings: '{min(missing)}' is missing; every method says it")
        bounds = [*config.at_most, *config.at_most.values()]
        named = {"choices": config.choices, "ranges": config.ranges, "at_most": bounds, "keeps_by": config.keeps_by}
        for key, words in named.items():
            check_known(f"{of_method}: {key}", words, settings)
        if config.keeps_by:
            check_kept(f"{of_stream}: {method}", keeps, config.keeps_by, settings, tier)
        for one, limit in config.at_most.items():
            if settings[one] > settings[limit]:
                raise UserError(
                    f"{of_stream}: '{one}: {settings[one]}' of {method} is more than its '{limit}: {settings[limit]}' "
                    f"at tier {tier}; set {limit}: {settings[one]} or more there, under tiers.{tier}.{name}"
                )
        if (room := settings.get("classes", count)) < count:
            raise UserError(
                f"{of_stream}: its {count} classes do not fit 'classes: {room}' of {method}; set classes: {count} or "
                "more"
            )
        if 0 < (memory := settings.get("memory", 0)) < count:
            raise UserError(
                f"{of_stream}: 'memory: {memory}' of {method} is fewer real samples than the stream has classes; "
                f"set memory: {count} or more, or 0"
            )


def check_known(where: str, words: Iterable[str], settings: Iterable[str]) -> None:
    """Check that words are names of settings; ``where`` begins the message."""
    if unknown := set(words) - set(settings):
        word = min(unknown)
        raise UserError(f"{where}: unknown setting '{word}'{near_miss(word, settings)}")


def check_kept(where: str, keeps: bool | Setting, names: Sequence[str], settings: Mapping[str, Any], tier: str) -> None:
    """Check that exactly one setting says how many real samples are kept, and none where none are.

    Args:
        where: begins the message: the stream's file and the method.
        keeps: KEEPS of the method.
        names: the settings that may say it, by being above 0.

    Raises:
        UserError: two of them do, or none does, or one does and no samples are kept.
    """
    said = [f"'{name}: {settings[name]}'" for name in names if settings[name]]
    if len(said) > 1:
        raise UserError(f"{where}: {' and '.join(said)} contradict each other at tier {tier}; set one of them to 0")
    flag = keeps.name if isinstance(keeps, Setting) else "KEEPS"
    kept = settings[flag] if isinstance(keeps, Setting) else keeps
    if kept and not said:
        raise UserError(
            f"{where}: {' and '.join(names)} are 0 at tier {tier}, but real samples are kept; set one of them"
        )
    if said and not kept:
        raise UserError(f"{where}: {said[0]} without '{flag}: true' at tier {tier}; set both, or neither")
