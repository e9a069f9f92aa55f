"""Planning thousands of jobs in seconds: questions with one answer are answered once, and nobody looks for garbage."""

import atexit
import gc
import inspect
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from snakemake.common import overwrite_function_params
from snakemake.jobs import Job
from snakemake.resources import Resource


def collect_seldom(dry_run: bool) -> None:
    """Planning makes millions of objects that stay; looking for dead ones among them took a third of its time.

    A dry run ends soon, so it looks for none at all, nor once more when the process ends.
    """
    gc.set_threshold(100_000)
    if dry_run:
        gc.disable()
        atexit.register(gc.freeze)


def format_once(dry_run: bool) -> None:
    """A dry run prints each job, and Snakemake fills in its command three times for that."""
    if dry_run:
        shellcmd = cached_property(Job.shellcmd.fget)
        shellcmd.__set_name__(Job, "shellcmd")
        Job.shellcmd = shellcmd


def answer_once(rules: Iterable[Any]) -> None:
    """Snakemake inspects each function of a rule some five times a job for the parameters it has.

    Args:
        rules: all of a workflow, when the last is defined.
    """
    evaluate = Resource("any", 0).evaluate
    overwrite_function_params(Resource.evaluate, inspect.signature(evaluate).parameters)
    for rule in rules:
        for item in (*rule.params, *rule.input, *rule.resources.values()):
            function = getattr(item, "callable", None) or getattr(getattr(item, "_file", None), "callable", None)
            function = function or getattr(item, "_evaluator", None) or item
            if inspect.isfunction(function):
                overwrite_function_params(function, inspect.signature(function).parameters)
