"""What a config asks for: experiments, streams, methods and their settings."""

from functools import cached_property
from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue
from mneme.catalogue.resolve import resolve
from mneme.catalogue.streams import build_stream, datasets_of
from mneme.data.fingerprint import file_hash, fingerprint
from mneme.data.stream import Stream, Task
from mneme.errors import UserError, near_miss
from mneme.plan import code
from mneme.plan.check import RESERVED, TRAINED
from mneme.spec import class_name, dumps, hash_of_text

FINGERPRINTS = Path(".snakemake/mneme/fingerprints.json")


class Asked:
    """The catalogue, and what a config chose of it.

    Args:
        config: the merged content of ``config.yaml``.
        root: folder of the Snakefile.
    """

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        self.root, self.source = root, root / "src"
        self.catalogue = Catalogue(config, root / "config")
        self.config = self.catalogue.config
        self.tier = self.config.tier
        self.R = f"results/{self.tier}"

    @cached_property
    def experiments(self) -> dict[str, schema.Experiment]:
        """The chosen ones, and those that the targets of whole papers make."""
        asked = dict.fromkeys(self.config.experiments, "config.yaml: experiments")
        for paper, names in self.config.papers.items():
            for name in names:
                asked.setdefault(name, f"config.yaml: papers: {paper}")
        return {name: self.catalogue.experiment(name, place) for name, place in asked.items()}

    def chosen(self, names: list[str]) -> dict[str, schema.Experiment]:
        """Some of the experiments."""
        return {name: self.experiments[name] for name in names}

    def experiment(self, name: str) -> schema.Experiment:
        """One of the chosen; a target may name any."""
        if name not in self.experiments:
            hint = near_miss(name, self.experiments)
            raise UserError(f"experiment '{name}' is not chosen{hint}; add it to experiments: in your config")
        return self.experiments[name]

    def tasks(self, stream: str, last: int) -> list[Task]:
        """Tasks 1 to t of a stream; a target may name any."""
        shape = self.stream(stream)
        if not 1 <= last <= len(shape):
            place = f"{self.R}/{stream}/.../task{last}"
            raise UserError(f"{place}: stream '{stream}' has tasks 1 to {len(shape)}; correct the target")
        return list(shape[:last])

    def stream(self, name: str, asked_by: str = "config") -> Stream:
        if name in RESERVED:
            raise UserError(f"{asked_by}: a stream cannot be called '{name}', which is a folder of results/; rename it")
        config = self.catalogue.stream(name, asked_by)
        place = self.catalogue.location("streams", name)
        classes = {dataset: self.class_names(dataset, place) for dataset in datasets_of(config, place)}
        return build_stream(name, config, self.catalogue, classes)

    def class_names(self, dataset: str, asked_by: str) -> list[str]:
        """Names of a dataset's classes, from the registry or from the user's own files."""
        config = self.catalogue.dataset(dataset, asked_by)
        if config.classes:
            return config.classes
        if config.one_class:
            return [dataset]
        if config.path:
            return self.user_files(dataset)["classes"] or [dataset]  # flat: one class, called like the dataset
        place = self.catalogue.location("datasets", dataset)
        raise UserError(f"{place}: neither 'classes:' nor a 'path:' to find them in; add one of the two")

    def user_files(self, dataset: str) -> dict[str, Any]:
        """Content hash and class names of a user's own folder or archive."""
        config = self.catalogue.dataset(dataset, dataset)
        within = config.classes if config.subset else None
        return fingerprint(Path(config.path).expanduser(), FINGERPRINTS, within, one_class=config.one_class)

    def user_file(self, path: str) -> str:
        """Content hash of a user's own file."""
        return file_hash(Path(path).expanduser(), FINGERPRINTS)

    def published(self, stream: str) -> schema.Base | None:
        """The base GAN that others trained, where a stream says ``base: published``."""
        config, place = self.catalogue.stream(stream, "config"), self.catalogue.location("streams", stream)
        return None if config.base == TRAINED else self.catalogue.base(config.base, f"{place}: base")

    def has_base(self, stream: str) -> bool:
        return bool(self.published(stream) or self.stream(stream).source)

    def contract(self, method: str, asked_by: str = "config") -> dict[str, Any]:
        """``SEES``, ``CHAINED``, ``BASE``, ``FIRST`` of a method, and the file it is in."""
        name, _, variant = method.partition("-")
        config = self.catalogue.method(name, asked_by)
        if variant and variant not in config.variants:
            raise UserError(f"{asked_by}: {name} has no variant '{variant}'{near_miss(variant, config.variants)}")
        path = code.method_file(config.module, self.source)
        if path is None:
            known = [file.stem for file in (self.source / "mneme" / "methods").glob("*/[a-z]*.py")]
            place = self.catalogue.location("methods", name)
            raise UserError(
                f"{place}: no module '{config.module}' in src/mneme/methods/{near_miss(config.module, known)}"
            )
        module = code.module_name(path, self.source)
        constants = code.class_constants(path, self.source)
        if "SEES" not in constants:
            raise UserError(f"{path}: holds no class {class_name(path.stem)} that is a Method; see src/mneme/method.py")
        return {**constants, "file": path, "module": module}

    def method_settings(self, stream: str, method: str, task: int, tier: str | None = None) -> dict[str, Any]:
        """Settings of one job: published < tier < stream < stream at this tier < variant < task."""
        tier, (name, _, variant) = tier or self.tier, method.partition("-")
        config, streamed = self.catalogue.method(name, "config"), self.catalogue.stream(stream, "config")
        file, stream_file = self.catalogue.location("methods", name), self.catalogue.location("streams", stream)
        overlays = [
            (f"{file}: tiers.{tier}", config.tiers.get(tier, {})),
            (f"{stream_file}: settings.{name}", streamed.settings.get(name, {})),
            (f"{stream_file}: tiers.{tier}.{name}", streamed.tiers.get(tier, {}).get(name, {})),
            (f"{file}: variants.{variant}", config.variants.get(variant, {})),
        ]
        if task:
            overlays.append((f"{stream_file}: tasks.{task - 1}.settings", streamed.tasks[task - 1].settings))
        return resolve(config.settings, overlays, config.choices, f"{file}: settings")

    def spec(self, job: str, *arguments: Any) -> str:
        """The text of a spec: ``spec("train", stream, method, seed, task)`` is that of ``train_spec(...)``."""
        return dumps(getattr(self, f"{job}_spec")(*arguments))

    def hash_of(self, job: str, *arguments: Any) -> str:
        """The hash of a spec, for those that build on it."""
        return hash_of_text(self.spec(job, *arguments))

    def code(
        self,
        script: str,
        *,
        method: str | None = None,
        dataset: str | None = None,
        notebook: str | None = None,
        solver: Path | None = None,
    ) -> str:
        """The code hash of a job: its script or notebook, and the modules its wildcards chose."""
        entries = (
            [self.root / "notebooks" / f"{notebook}.ipynb"]
            if notebook
            else [self.root / f"workflow/scripts/{script}.py"]
        )
        if method:
            entries.append(self.contract(method)["file"])
        if dataset:
            entries.append(self.format_file(dataset))
        if solver:
            entries.append(solver)
        return code.code_hash(tuple(entries), self.source)

    def format_file(self, dataset: str) -> Path:
        """The module that reads a dataset's files."""
        word = self.catalogue.dataset(dataset, "config").format
        path = code.module_file(f"mneme.data.formats.{word}", self.source)
        if path is None:
            known = [file.stem for file in (self.source / "mneme/data/formats").glob("[a-z]*.py")]
            place = self.catalogue.location("datasets", dataset)
            raise UserError(f"{place}: unknown format '{word}'{near_miss(word, known)}")
        return path
