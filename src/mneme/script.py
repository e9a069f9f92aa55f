"""The command line of every job: options from the signature of the function that does the work.

A script of ``workflow/scripts/`` is ``run(function)``. Each keyword of the function is an option: ``Path`` takes a
file, ``dict[str, Path]`` and ``dict[int, Path]`` take ``NAME=FILE ...``, ``list`` takes several words. :data:`Output`
is a file that the function writes, :data:`Varying` one that is not the same in every run. A function with the keyword
``device`` gets a leased device. Inputs are held against the spec before the function is called, and the lineage of the
outputs is written after it.
"""

import argparse
import inspect
import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, NewType

from mneme import errors, lineage
from mneme.errors import UserError
from mneme.machine.device import choose_device
from mneme.machine.lease import lease

Output = NewType("Output", Path)
Varying = NewType("Varying", Path)


def run(function: Callable[..., None], arguments: list[str] | None = None) -> None:
    """Call a job's function with the options of the command line; what a user can mend becomes one line on stderr."""
    errors.run(lambda: call(function, arguments))


def call(function: Callable[..., None], arguments: list[str] | None = None) -> None:
    """The same, and errors are raised.

    Raises:
        UserError: an option is malformed, an input is of another job or was edited, or the function's own.
    """
    kinds = typing.get_type_hints(function)
    parser = parser_of(function, kinds)
    words = vars(parser.parse_args(arguments))
    spec, record = words.pop("spec"), words.pop("lineage")
    given = {name: _value(name, value, kinds[name]) for name, value in words.items() if value is not None}
    for name, value in given.items():
        if name in spec and _is_input(kinds[name]):
            for path, expected in _pairs(value, spec[name]):
                lineage.check(path, expected)
    if "device" in kinds:
        given["device"] = choose_device(lease(given.get("device")), spec["threads"])
    function(spec, **given)
    if record:
        made = {
            kind: [value for name, value in given.items() if _kind(kinds[name]) is kind] for kind in (Output, Varying)
        }
        lineage.write(record, spec, made[Output], made[Varying])


def parser_of(function: Callable[..., None], kinds: dict[str, Any]) -> argparse.ArgumentParser:
    """The options of a function."""
    parser = argparse.ArgumentParser(
        description=inspect.getdoc(function), formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--spec", type=json.loads, required=True, help="the job's spec, a JSON object")
    parser.add_argument("--lineage", type=Path, help="where to write what the outputs were made from")
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        option, kind = f"--{name.replace('_', '-')}", _kind(kinds[name])
        required = parameter.default is inspect.Parameter.empty and name != "device"
        if name == "device":
            parser.add_argument(option, help="auto, cpu, cuda or cuda:N; by default MNEME_DEVICE, or auto")
        elif typing.get_origin(kind) is dict:
            parser.add_argument(option, nargs="+", required=required, metavar="NAME=FILE")
        elif typing.get_origin(kind) is list:
            parser.add_argument(option, nargs="+", required=required, metavar="WORD")
        else:
            parser.add_argument(option, required=required, metavar="FILE" if kind is not str else "WORD")
    return parser


def _kind(hint: Any) -> Any:
    """``Path`` of ``Path | None``."""
    return next((part for part in typing.get_args(hint) if part is not type(None)), hint) if _optional(hint) else hint


def _optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def _is_input(hint: Any) -> bool:
    kind = _kind(hint)
    return kind is Path or (typing.get_origin(kind) in (dict, list) and typing.get_args(kind)[-1] is Path)


def _value(name: str, words: Any, hint: Any) -> Any:
    """Words of the command line as the function wants them."""
    kind = _kind(hint)
    if typing.get_origin(kind) is dict:
        return named_paths(words, f"--{name.replace('_', '-')}", typing.get_args(kind)[0])
    if typing.get_origin(kind) is list:
        return [typing.get_args(kind)[0](word) for word in words]
    return words if kind is str or name == "device" else Path(words)


def named_paths(words: list[str], option: str, key: Callable[[str], Any] = str) -> dict[Any, Path]:
    """Read ``name=path`` words; ``key`` makes the dict key of a name, e.g. ``int``.

    Raises:
        UserError: a word is not ``name=path``, its name does not fit ``key``, or a name stands twice.
    """
    paths: dict[Any, Path] = {}
    for word in words:
        name, _, path = word.partition("=")
        try:
            if not path:
                raise ValueError
            name = key(name)
        except ValueError:
            raise UserError(f"{option} {word}: write NAME=PATH; tasks and checkpoints are named by number") from None
        if name in paths:
            raise UserError(f"{option} {word}: '{name}' stands twice; give it one path")
        paths[name] = Path(path)
    return paths


def _pairs(value: Any, expected: Any) -> list[tuple[Path, str]]:
    """Paths with the hash that the spec has for them; a path that the spec does not name has none."""
    if isinstance(value, dict):
        return [(path, expected[str(key)]) for key, path in value.items() if str(key) in expected]
    if isinstance(value, list):
        return list(zip(value, expected, strict=True))
    return [(value, expected)] if isinstance(expected, str) else []
