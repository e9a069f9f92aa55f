"""Everything that can be made, by name: ``config/`` with the user's own additions laid over it."""

from functools import cached_property
from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.catalogue.explain import Model, parse
from mneme.catalogue.paper import Paper
from mneme.catalogue.plain_yaml import read_mapping
from mneme.errors import UserError, near_miss


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
        file = self.file(kind, name)
        path = f"config/{file.relative_to(self.folder) if file else f'{kind}/{name}.yaml'}"
        if name not in getattr(self.config.catalogue, kind):
            return path
        own = f"catalogue.{kind}.{name} of your config"
        return f"{path} with {own}" if file else own

    def file(self, kind: str, name: str) -> Path | None:
        """The file of an entry, in ``config/<kind>/`` or a folder of it; None where only the user's config has it."""
        return next(iter(sorted((self.folder / kind).rglob(f"{name}.yaml"))), None)

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
        return merge(read_mapping(self.folder / "datasets.yaml"), self.config.catalogue.datasets)

    @cached_property
    def evaluation(self) -> schema.Evaluation:
        path = self.folder / "evaluation.yaml"
        values = merge(read_mapping(path), self.config.catalogue.evaluation)
        return parse(schema.Evaluation, values, self.place_of_evaluation)

    def dataset(self, name: str, asked_by: str) -> schema.Dataset:
        if name not in self.datasets:
            raise UserError(f"{asked_by}: unknown dataset '{name}'{near_miss(name, self.datasets)}")
        place = self.place_of_dataset(name)
        return self._once("datasets", name, lambda: parse(schema.Dataset, self.derived(name, place), place))

    def derived(self, name: str, place: str) -> dict[str, Any]:
        """A dataset as it is written, laid over the one that it is made ``of``; ways to derive it add up."""
        own, lineage = self.datasets[name], [name]
        while isinstance(own, dict) and isinstance(origin := self.datasets[lineage[-1]].get("of"), str):
            if origin not in self.datasets:
                raise UserError(f"{place}: 'of: {origin}' is no dataset{near_miss(origin, self.datasets)}")
            if origin in lineage:
                raise UserError(f"{place}: 'of: {origin}' leads back to itself; name the set it is made of")
            below = self.datasets[origin]
            if not isinstance(below, dict):
                return below  # the schema says what is wrong
            ways = below.get("derive", []), own.get("derive", [])
            own = {**below, **own}
            if all(isinstance(way, list) for way in ways):
                own["derive"] = [*ways[0], *ways[1]]
            lineage.append(origin)
        return own

    @cached_property
    def bases(self) -> dict[str, Any]:
        """All base GANs that others trained by name, as they are written."""
        return merge(read_mapping(self.folder / "bases.yaml"), self.config.catalogue.bases)

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

    def solver(self, name: str, asked_by: str) -> schema.Solver:
        return self._entry("solvers", schema.Solver, name, asked_by)

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
        names = {file.stem for file in (self.folder / "papers").glob("*.yaml")} | set(self.config.catalogue.papers)
        papers = {name: self.paper(name, "config") for name in sorted(names)}
        owners: dict[str, str] = {}
        for name, paper in papers.items():
            place = self.place("papers", name)
            for method in paper.methods:
                if owners.setdefault(method, name) != name:
                    raise UserError(
                        f"{place}: methods.{method} stands in {owners[method]}.yaml too; remove one of them"
                    )
        return papers

    def _entry(self, kind: str, model: type[Model], name: str, asked_by: str) -> Model:
        path = self.file(kind, name)
        own = getattr(self.config.catalogue, kind).get(name)
        if own is None and path is None:
            known = {file.stem for file in (self.folder / kind).rglob("*.yaml")} | set(
                getattr(self.config.catalogue, kind)
            )
            raise UserError(f"{asked_by}: unknown {kind.removesuffix('s')} '{name}'{near_miss(name, known)}")

        def read() -> Model:
            values = merge(read_mapping(path) if path else {}, own or {})
            return parse(model, values, self.place(kind, name))

        return self._once(kind, name, read)

    def _once(self, kind: str, name: str, read: Any) -> Any:
        if (kind, name) not in self._parsed:
            self._parsed[kind, name] = read()
        return self._parsed[kind, name]
