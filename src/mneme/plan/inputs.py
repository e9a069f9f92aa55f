"""The files a job reads, under the names that its script's options have: one dict for the rule and the command line."""

import shlex
from collections.abc import Iterator
from typing import Any

Inputs = dict[str, Any]
"""Name -> a path, a list of paths, or a dict of those, keyed by task, checkpoint, dataset or method."""


def paths(value: Any) -> Iterator[str]:
    """All paths below one name."""
    if isinstance(value, str):
        yield value
    else:
        for part in value.values() if isinstance(value, dict) else value:
            yield from paths(part)


def files(inputs: Inputs) -> dict[str, str | list[str]]:
    """As Snakemake's ``unpack`` takes them: a path, or a flat list."""
    return {name: value if isinstance(value, str) else list(paths(value)) for name, value in inputs.items()}


def options(inputs: Inputs) -> str:
    """As a script takes them: ``--base FILE --checkpoints 1=FILE 2=FILE``."""
    words = []
    for name, value in inputs.items():
        if isinstance(value, str):
            value = [value]
        elif isinstance(value, dict):
            value = [f"{key}={path}" for key, path in value.items()]
        words += [f"--{name.replace('_', '-')}", *value] if value else []
    return shlex.join(words)
