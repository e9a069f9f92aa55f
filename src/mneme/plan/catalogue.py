"""Read ``config.yaml`` and ``config/``; refuse what does not fit, in one sentence that names file, key and fix."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mneme.errors import UserError, near_miss
from mneme.plan import schema

Model = TypeVar("Model", bound=BaseModel)


class Loader(yaml.SafeLoader):
    """Safe YAML (no tags), in which a key written twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{key}' is written twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML mapping.

    Raises:
        UserError: the file is missing, not YAML, carries tags, repeats a key or is no mapping.
    """
    try:
        content = yaml.load(path.read_text(), Loader)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not plain YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: holds {type(content).__name__}, not a mapping of keys to values")
    return content


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
        if isinstance(part, int) or not hasattr(current, "model_fields"):
            continue
        field = current.model_fields.get(part)
        current = find_model(field.annotation) if field else None
    return list(getattr(current, "model_fields", {}))


def find_model(annotation: Any) -> Any:
    """The model inside ``list[Model]``, ``Model | None``, ``dict[str, Model]``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := find_model(part))), None)


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """``above`` laid over ``below``, mapping by mapping; lists and values are replaced."""
    merged = dict(below)
    for name, value in above.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


class Catalogue:
    """Everything that can be made: datasets, streams, methods, experiments, by name.

    Args:
        config: the content of ``config.yaml`` and whatever was laid over it.
        folder: ``config/``.
    """

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        self.config = parse(schema.Config, config, "config.yaml")
        self.folder = folder
        self._parsed: dict[tuple[str, str], Any] = {}

    def place(self, kind: str, name: str) -> str:
        """Where an entry of the catalogue is written, for messages; ``kind`` is a folder of ``config/``."""
        path = f"config/{kind}/{name}.yaml"
        if name not in getattr(self.config.catalogue, kind):
            return path
        own = f"catalogue.{kind}.{name} of your config"
        return f"{path} with {own}" if (self.folder / kind / f"{name}.yaml").exists() else own

    def place_of_dataset(self, name: str) -> str:
        own = name in self.config.catalogue.datasets
        return f"catalogue.datasets.{name} of your config" if own else f"config/datasets.yaml: {name}"

    @property
    def place_of_evaluation(self) -> str:
        path = "config/evaluation.yaml"
        return f"{path} with catalogue.evaluation of your config" if self.config.catalogue.evaluation else path

    @cached_property
    def datasets(self) -> dict[str, Any]:
        """All datasets by name, as they are written."""
        return merge(read_yaml(self.folder / "datasets.yaml"), self.config.catalogue.datasets)

    @cached_property
    def evaluation(self) -> schema.Evaluation:
        path = self.folder / "evaluation.yaml"
        values = merge(read_yaml(path), self.config.catalogue.evaluation)
        return parse(schema.Evaluation, values, self.place_of_evaluation)

    def dataset(self, name: str, asked_by: str) -> schema.Dataset:
        if name not in self.datasets:
            raise UserError(f"{asked_by}: unknown dataset '{name}'{near_miss(name, self.datasets)}")
        place = self.place_of_dataset(name)
        return self._once("datasets", name, lambda: parse(schema.Dataset, self.derived(name, place), place))

    def derived(self, name: str, place: str) -> dict[str, Any]:
        """A dataset as it is written, laid over the one that it is made ``of``; ways to derive it add up."""
        own, lineage = dict(self.datasets[name]), [name]
        while isinstance(origin := self.datasets[lineage[-1]].get("of"), str):
            if origin not in self.datasets:
                raise UserError(f"{place}: 'of: {origin}' is no dataset{near_miss(origin, self.datasets)}")
            if origin in lineage:
                raise UserError(f"{place}: 'of: {origin}' leads back to itself; name the set it is made of")
            below = self.datasets[origin]
            ways = below.get("derive", []), own.get("derive", [])
            own = {**below, **own}
            if all(isinstance(way, list) for way in ways):  # else the schema says what is wrong
                own["derive"] = [*ways[0], *ways[1]]
            lineage.append(origin)
        return own

    @cached_property
    def bases(self) -> dict[str, Any]:
        """All base GANs that others trained by name, as they are written."""
        return merge(read_yaml(self.folder / "bases.yaml"), self.config.catalogue.bases)

    def place_of_base(self, name: str) -> str:
        return f"catalogue.bases.{name} of your config" if name in self.config.catalogue.bases else "config/bases.yaml"

    def base(self, name: str, asked_by: str) -> schema.Base:
        if name not in self.bases:
            raise UserError(f"{asked_by}: unknown base '{name}'{near_miss(name, ['trained', *self.bases])}")
        place = self.place_of_base(name)
        return self._once("bases", name, lambda: parse(schema.Base, self.bases[name], place))

    def stream(self, name: str, asked_by: str) -> schema.Stream:
        return self._entry("streams", schema.Stream, name, asked_by)

    def method(self, name: str, asked_by: str) -> schema.Method:
        return self._entry("methods", schema.Method, name, asked_by)

    def experiment(self, name: str, asked_by: str) -> schema.Experiment:
        return self._entry("experiments", schema.Experiment, name, asked_by)

    def _entry(self, kind: str, model: type[Model], name: str, asked_by: str) -> Model:
        path = self.folder / kind / f"{name}.yaml"
        own = getattr(self.config.catalogue, kind).get(name)
        if own is None and not path.exists():
            known = {file.stem for file in (self.folder / kind).glob("*.yaml")} | set(
                getattr(self.config.catalogue, kind)
            )
            raise UserError(f"{asked_by}: unknown {kind.removesuffix('s')} '{name}'{near_miss(name, known)}")

        def read() -> Model:
            values = merge(read_yaml(path) if path.exists() else {}, own or {})
            return parse(model, values, self.place(kind, name))

        return self._once(kind, name, read)

    def _once(self, kind: str, name: str, read: Any) -> Any:
        if (kind, name) not in self._parsed:
            self._parsed[kind, name] = read()
        return self._parsed[kind, name]
