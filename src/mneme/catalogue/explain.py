"""Values to models, and what does not fit in one sentence: key, problem, fix."""

import re
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mneme.errors import UserError, near_miss

Model = TypeVar("Model", bound=BaseModel)


def parse(model: type[Model], values: Any, place: str) -> Model:
    """Validate ``values`` as a model; ``place`` is the file, and the key in it, that they come from."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{place}: {explain(error, model)}") from None


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


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """One thing that is wrong, in words: key, problem, fix. A misspelt key comes before the one that it leaves out."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    kind, value, context = first["type"], first["input"], first.get("ctx", {})
    path = [part for part in first["loc"] if part != "[key]"]
    where = ".".join(map(str, path))
    entry = f"'{where}: {shown(value)}'"
    if len(path) < len(first["loc"]):  # it is the key itself that does not fit
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
    """What is allowed in place of a value, and which of it was probably meant."""
    hint = near_miss(value, known)
    if value in known:
        hint = ", without quotes"
    return f"must be one of {', '.join(known)}{hint if 'known' not in hint else ''}"


def shown(value: Any) -> str:
    """A value as it stands in YAML, on one line."""
    return yaml.safe_dump(value, default_flow_style=True, width=1000).splitlines()[0]


def number_hint(value: Any, *, whole: bool) -> str:
    """How to write a number that YAML takes for text, like ``1e-4``."""
    try:
        number = float(value) if isinstance(value, str) else None
    except ValueError:
        number = None
    if number is None:
        return ""
    return f", not text; write it as {number:.0f}" if whole else f", not text; write it with a point, as {number:.1e}"


def fields_at(model: type[BaseModel], path: tuple) -> list[str]:
    """Names allowed at a place inside a model, for suggestions."""
    current: Any = model
    for part in path:
        if field := getattr(current, "model_fields", {}).get(part):  # else a place in a list, or a key of a mapping
            current = find_model(field.annotation)
    return list(getattr(current, "model_fields", {}))


def find_model(annotation: Any) -> Any:
    """The model inside ``list[Model]``, ``Model | None``, ``dict[str, Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := find_model(part))), None)
