"""A job: what defines its result, what it reads, what it writes and the code that it runs.

Each kind of job is a module of :mod:`mneme.plan.jobs` with

- ``OUTPUTS``: name -> path, with the wildcards that name the job;
- ``Spec``: a frozen dataclass with all that defines the result, beside inputs and code;
- ``job(plan, ...)``: the job of some wildcards.

The spec, the hashes of all jobs whose files are read and the hash of the code stand in one JSON object; its hash names
the result, and so fixes the whole lineage. A user's own files count by their content, and not by their path.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mneme.plan import code
from mneme.plan.plan import Plan
from mneme.spec import dumps, hash_of_text

LINEAGE = "lineage"
"""Name of the output that every job has: the file that says which job made the others (``mneme.lineage``)."""


class File(NamedTuple):
    """A file that a job reads: an output of another job, or with ``job`` None a user's own, known by its digest."""

    path: str
    job: "Job | None"
    digest: str

    @property
    def identity(self) -> str:
        """What stands in the spec of a job that reads it."""
        return self.job.hash if self.job else self.digest


Inputs = dict[str, Any]
"""Option of the script -> a :class:`File`, a list of them, or a dict of them, keyed by task, dataset or method."""


@dataclass(frozen=True, eq=False)
class Job:
    """One job.

    Attributes:
        rule: name of its rule, and of its script but for figures.
        spec: an instance of the kind's ``Spec``.
        inputs: the files that it reads.
        outputs: name -> path.
        code: hash of its script and of all modules that this imports.
        options: further options of its script; they decide on no result.
        nested: give all inputs to the script in one option ``--files``, as JSON.
    """

    rule: str
    spec: Any
    inputs: Inputs
    outputs: dict[str, str]
    code: str
    options: Mapping[str, str | list[str]] = field(default_factory=dict)
    nested: bool = False

    @cached_property
    def text(self) -> str:
        """The canonical text of all that defines the result."""
        read = {name: _mapped(value, lambda file: file.identity) for name, value in self.inputs.items()}
        return dumps({"job": self.rule, "code": self.code, **vars(self.spec), **read})

    @cached_property
    def hash(self) -> str:
        """Sixteen hex digits that name the result."""
        return hash_of_text(self.text)

    def file(self, name: str) -> File:
        """One of the outputs, for the jobs that read it."""
        return File(self.outputs[name], self, "")

    def files(self, name: str) -> list[File]:
        """All files of one input."""
        return list(_files(self.inputs[name]))

    @cached_property
    def needs(self) -> set["Job"]:
        """The jobs whose files it reads."""
        return {file.job for name in self.inputs for file in self.files(name) if file.job}

    @property
    def arguments(self) -> str:
        """Inputs, outputs and further options as its script takes them: ``--base FILE --data digits=FILE``."""
        read: dict[str, Any] = {name: _mapped(value, lambda file: file.path) for name, value in self.inputs.items()}
        words: list[str] = []
        for name, value in {
            **({"files": dumps(read)} if self.nested else read),
            **self.outputs,
            **self.options,
        }.items():
            if isinstance(value, dict):
                value = [f"{key}={path}" for key, path in value.items()]
            values = [value] if isinstance(value, str) else value
            words += [f"--{name.replace('_', '-')}", *values] if values else []
        return shlex.join(words)


def outputs(paths: Mapping[str, str], plan: Plan, **wildcards: object) -> dict[str, str]:
    """The ``OUTPUTS`` of a kind of job, with the wildcards filled in."""
    return {name: path.replace("<results>", plan.results).format(**wildcards) for name, path in paths.items()}


def code_of(plan: Plan, script: str, *modules: Path) -> str:
    """The code hash of a job: of its script, and of the modules that it finds by name."""
    return code.code_hash((plan.root / f"workflow/scripts/{script}.py", *modules), plan.source, plan.outside)


def _mapped(value: Any, change: Callable[[File], str]) -> Any:
    if isinstance(value, File):
        return change(value)
    if isinstance(value, dict):
        return {str(key): _mapped(part, change) for key, part in value.items()}
    return [_mapped(part, change) for part in value]


def _files(value: Any) -> Iterator[File]:
    if isinstance(value, File):
        yield value
    else:
        for part in value.values() if isinstance(value, dict) else value:
            yield from _files(part)
