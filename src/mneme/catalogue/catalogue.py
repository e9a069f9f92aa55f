"""Everything that can be made, by name: ``config/`` with the user's own additions laid over it."""

from functools import cache, cached_property, reduce
from pathlib import Path
from typing import Any

from mneme.catalogue import outside, schema
from mneme.catalogue.explain import Model, parse
from mneme.catalogue.paper import Paper
from mneme.catalogue.plain_yaml import read_mapping
from mneme.errors import UserError, near_miss

FOLDERS = ("streams", "methods", "experiments", "papers")  # a file an entry, in config/<kind>/ or below
FILES = ("datasets", "bases")  # all entries in config/<kind>.yaml


def merge(below: Any, above: Any) -> Any:
    """``above`` laid over ``below``: mappings are merged key by key, lists and values are replaced."""
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return below | {key: merge(below[key], value) if key in below else value for key, value in above.items()}


def inherit(parent: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """An entry laid over the one that it is ``of``; derivations of a dataset add up, ``abstract`` is not inherited."""
    merged = merge({key: value for key, value in parent.items() if key != "abstract"}, own)
    if all(isinstance(values.get("derive"), list) for values in (parent, own)):
        merged["derive"] = parent["derive"] + own["derive"]
    return merged


class Catalogue:
    """Everything that can be made: datasets, base GANs, streams, methods, experiments, by name.

    Args:
        config: the content of ``config.yaml`` and whatever was laid over it.
        folder: ``config/``.

    Raises:
        UserError: ``config`` has an unknown key or a wrong type, or one of ``method_folders`` is missing. Entries are
            checked when they are asked for; what is wrong with one, or that there is none of this name, is a UserError
            too.
    """

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        self.config = parse(schema.Config, config, "config.yaml")
        self.folder, self.outside = folder, outside.folders(self.config.method_folders)
        self._read = cache(read_mapping)
        self._parsed: dict[tuple[str, str], Any] = {}

    @cached_property
    def evaluation(self) -> schema.Evaluation:
        """``config/evaluation.yaml``."""
        values = merge(self._read(self.folder / "evaluation.yaml"), self.config.catalogue.evaluation)
        return parse(schema.Evaluation, values, self.evaluation_location)

    @property
    def evaluation_location(self) -> str:
        """Where the settings of the evaluation are written, for messages."""
        own = " with catalogue.evaluation of your config" if self.config.catalogue.evaluation else ""
        return f"config/evaluation.yaml{own}"

    def dataset(self, name: str, asked_by: str) -> schema.Dataset:
        return self._entry("datasets", schema.Dataset, name, asked_by)

    def base(self, name: str, asked_by: str) -> schema.Base:
        """A base GAN that others trained."""
        return self._entry("bases", schema.Base, name, asked_by, "trained")

    def stream(self, name: str, asked_by: str) -> schema.Stream:
        return self._entry("streams", schema.Stream, name, asked_by)

    def method(self, name: str, asked_by: str) -> schema.Method:
        return self._entry("methods", schema.Method, name, asked_by)

    def experiment(self, name: str, asked_by: str) -> schema.Experiment:
        return self._entry("experiments", schema.Experiment, name, asked_by)

    def paper(self, name: str, asked_by: str) -> Paper:
        return self._entry("papers", Paper, name, asked_by)

    @cached_property
    def papers(self) -> dict[str, Paper]:
        """All papers by name.

        Raises:
            UserError: two of them say how one method looks.
        """
        papers = {name: self.paper(name, "config") for name in sorted(self.names("papers"))}
        owners: dict[str, str] = {}
        for name, paper in papers.items():
            for method in paper.methods:
                if owners.setdefault(method, name) != name:
                    where = self.location("papers", name)
                    raise UserError(
                        f"{where}: methods.{method} stands in {owners[method]}.yaml too; remove one of them"
                    )
        return papers

    def names(self, kind: str) -> list[str]:
        """The entries of a kind (``"datasets"``, ``"methods"``, ...) that can be asked for; abstract ones cannot."""
        return [name for name in self._known(kind) if not self._abstract(kind, name)]

    def location(self, kind: str, name: str) -> str:
        """Where an entry is written, for messages."""
        return " with ".join(where for where, _ in self._layers(kind, name))

    @cached_property
    def _files(self) -> dict[str, dict[str, Path]]:
        """Kind -> name -> the file that holds the entry, in ``config/`` or, of a method, outside the checkout."""
        single = {kind: dict.fromkeys(self._read(path := self.folder / f"{kind}.yaml"), path) for kind in FILES}
        each = {kind: {p.stem: p for p in sorted((self.folder / kind).rglob("*.yaml"))} for kind in FOLDERS}
        each["methods"] |= outside.entries(self.outside, each["methods"])
        return single | each

    def _known(self, kind: str) -> list[str]:
        """The names of all entries of a kind, in the order in which they are written."""
        return list(dict.fromkeys([*self._files[kind], *getattr(self.config.catalogue, kind)]))

    def _layers(self, kind: str, name: str) -> list[tuple[str, dict[str, Any]]]:
        """(location, values) of an entry: its file, and above it what the user's own config says."""
        found, own = [], getattr(self.config.catalogue, kind)
        if path := self._files[kind].get(name):
            inside = self.folder in path.parents
            where, values = f"config/{path.relative_to(self.folder)}" if inside else str(path), self._read(path)
            found.append((f"{where}: {name}", values[name]) if kind in FILES else (where, values))
        if name in own:
            found.append((f"catalogue.{kind}.{name} of your config", own[name]))
        return found

    def _written(self, kind: str, name: str) -> dict[str, Any]:
        """An entry as it is written, without what it inherits."""
        values = reduce(merge, [values for _, values in self._layers(kind, name)])
        if not isinstance(values, dict):
            raise UserError(f"{self.location(kind, name)}: must be a mapping of keys to values")
        return values

    def _abstract(self, kind: str, name: str) -> bool:
        return self._written(kind, name).get("abstract") is True

    def _lineage(self, kind: str, name: str) -> list[str]:
        """An entry, the one that it is ``of``, the one that this is of, and so on."""
        lineage, noun, known = [name], kind.removesuffix("s"), self._known(kind)
        while isinstance(parent := self._written(kind, lineage[-1]).get("of"), str):
            where = f"{self.location(kind, lineage[-1])}: 'of: {parent}'"
            if parent not in known:
                raise UserError(f"{where} is no {noun}{near_miss(parent, known)}")
            if parent in lineage:
                raise UserError(f"{where} leads back to itself; name another {noun}")
            lineage.append(parent)
        return lineage

    def _entry(self, kind: str, model: type[Model], name: str, asked_by: str, *others: str) -> Model:
        """An entry with what it inherits, read once; ``others`` are words that may stand in place of a name."""
        if (kind, name) not in self._parsed:
            noun = kind.removesuffix("s")
            if name not in self._known(kind):
                if kind == "methods" and (reason := outside.half(name, self.outside)):
                    raise UserError(f"{asked_by}: {reason}")
                hint = near_miss(name, [*self.names(kind), *others])
                raise UserError(f"{asked_by}: unknown {noun} '{name}'{hint}")
            if self._abstract(kind, name):
                hint = near_miss(name, self.names(kind))
                raise UserError(f"{asked_by}: {noun} '{name}' is abstract, it only holds what others inherit{hint}")
            lineage = self._lineage(kind, name)
            values = reduce(inherit, [self._written(kind, one) for one in reversed(lineage)])
            where = ", of ".join(self.location(kind, one) for one in lineage)
            self._parsed[kind, name] = parse(model, values, where)
        return self._parsed[kind, name]
