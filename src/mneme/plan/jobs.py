"""Specs, files and code of every job: what the rules ask for, and nothing they could decide themselves.

``Plan`` turns the catalogue into jobs. A job is named by its wildcards (stream, method, seed, task) and has

- a spec, one JSON object with everything that defines its result (``mneme.spec``);
- input files, which follow from the method's contract (``mneme.method``);
- a code hash (``mneme.plan.code``).

It is built in layers, each of which knows those below: ``asked``, ``data``, ``training``, ``evaluation``, ``solving``,
``probes``, ``results``.
Paths are relative to the working directory; ``R`` is ``results/<tier>``.
"""

from functools import cache
from pathlib import Path
from typing import Any

from mneme.plan.check import check
from mneme.plan.results import ExperimentJobs

ASKED_OFTEN = (
    *("stream", "class_names", "contract", "method_settings", "tiered", "base_name", "judged", "offsets", "code"),
    *("prepare_spec", "base_spec", "train_spec", "classifier_spec", "reference_spec", "evaluate_spec", "curve_spec"),
    *("learner", "ceiling_spec", "reverse_spec", "evolution_spec", "solver", "solver_settings", "solve_spec"),
    *("train_inputs", "evaluate_inputs", "curve_inputs", "spec", "hash_of", "figure_values", "user_files"),
)
"""Methods whose answers are kept: thousands of jobs ask for the same few. Nobody may change what they return."""


class Plan(ExperimentJobs):
    """All jobs that a config asks for; arguments as of :class:`mneme.plan.asked.Asked`.

    Raises:
        UserError: something in the config is wrong, said before the first job starts.
    """

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        super().__init__(config, root)
        for method in ASKED_OFTEN:
            setattr(self, method, cache(getattr(self, method)))  # one plan, one answer
        check(self)
