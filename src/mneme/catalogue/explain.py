"""Check values against a model, and say in one sentence what does not fit: key, problem, fix."""

import re
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from mneme.errors import UserError, near_miss

Model = TypeVar("Model", bound=BaseModel)


BOUNDS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text; put it in quotes",
    "list": "a list, like [a, b]",
    "dict": "a mapping of keys to values",
    "model": "a mapping of keys to values",
}


def parse(model: type[Model], values: Any, location: str) -> Model:
    """Validate values as a model.

    Args:
        location: the file, and the key in it, that the values come from.

    Raises:
        UserError: an unknown or missing key, or a value that does not fit; begins with the location.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{location}: {explain(error, model)}") from None


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first error, in words. A misspelt key comes before the key that is missing because of it."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    path = [part for part in first["loc"] if part != "[key]"]
    where = ".".join(map(str, path))
    entry = f"'{where}: {shown(value)}'" if path else shown(value)
    if len(path) < len(first["loc"]):  # the key itself does not fit
        entry = f"'{where}'"
    if kind == "extra_forbidden":
        return f"unknown key '{where}'{near_miss(path[-1], fields_at(model, first['loc'][:-1]))}"
    if kind == "missing":
        return f"the key '{where}' is missing"
    if kind == "literal_error":
        known = re.findall(r"\w+", context["expected"].replace(" or ", ", "))
        return f"{entry} {one_of(value, known)}"
    if kind == "too_short":
        return f"{entry} is empty; list at least one"
    if kind == "value_error":
        return f"{entry} {context['error']}"
    if kind in BOUNDS:
        return f"{entry} must be {BOUNDS[kind]} {next(iter(context.values())):g}"
    wanted = WANTED.get(kind.removesuffix("_type"))
    if wanted is None:
        return f"{entry}: {first['msg'][0].lower()}{first['msg'][1:]}"
    return f"{entry} must be {wanted}{number_hint(value, whole=kind == 'int_type') if 'number' in wanted else ''}"


def one_of(value: Any, known: list[str]) -> str:
    """The allowed values, and the one that was probably meant."""
    hint = near_miss(value, known)
    if value in known:
        hint = ", without quotes"
    return f"must be one of {', '.join(known)}{hint if 'known' not in hint else ''}"


def shown(value: Any) -> str:
    """A value as YAML, on one line."""
    return yaml.safe_dump(value, default_flow_style=True, width=1000).splitlines()[0]


def number_hint(value: Any, *, whole: bool) -> str:
    """How to write a number that YAML reads as text, like ``1e-4``; ``""`` for any other value."""
    try:
        number = float(value) if isinstance(value, str) else None
    except ValueError:
        number = None
    if number is None:
        return ""
    return f", not text; write it as {number:.0f}" if whole else f", not text; write it with a point, as {number:.1e}"


def fields_at(model: type[BaseModel], path: tuple) -> list[str]:
    """The keys allowed at a path inside a model, for suggestions."""
    current: Any = model
    for part in path:
        if field := getattr(current, "model_fields", {}).get(part):  # else an index of a list or a key of a mapping
            current = find_model(field.annotation)
    return list(getattr(current, "model_fields", {}))


def find_model(annotation: Any) -> Any:
    """The model inside ``list[Model]``, ``Model | None`` or ``dict[str, Model]``; None if there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := find_model(part))), None)
