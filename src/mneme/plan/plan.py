"""What a config asks for: the catalogue, the chosen experiments and the tier."""

from functools import cached_property
from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.catalogue.catalogue import Catalogue
from mneme.errors import UserError, near_miss


class Plan:
    """The config of one run. The jobs of :mod:`mneme.plan.jobs` are functions of it.

    Args:
        config: the merged content of ``config.yaml``.
        root: folder of the Snakefile.

    Attributes:
        source: folder of the package, ``src/``.
        outside: folders with methods outside the checkout.
        results: folder of all results of the tier, relative to the working directory.

    Raises:
        UserError: the config has an unknown key or a value of another type.
    """

    def __init__(self, config: dict[str, Any], root: Path) -> None:
        self.root, self.source = root, root / "src"
        self.catalogue = Catalogue(config, root / "config")
        self.config, self.outside = self.catalogue.config, self.catalogue.outside
        self.tier = self.config.tier
        self.results = f"results/{self.tier}"

    @cached_property
    def experiments(self) -> dict[str, schema.Experiment]:
        """The chosen experiments, and those of ``papers:``, which a target may ask for."""
        asked = dict.fromkeys(self.config.experiments, "config.yaml: experiments")
        for paper, names in self.config.papers.items():
            for name in names:
                asked.setdefault(name, f"config.yaml: papers: {paper}")
        return {name: self.catalogue.experiment(name, where) for name, where in asked.items()}

    def experiment(self, name: str) -> schema.Experiment:
        """One of the chosen experiments.

        Raises:
            UserError: it is not chosen.
        """
        if name not in self.experiments:
            hint = near_miss(name, self.experiments)
            raise UserError(f"experiment '{name}' is not chosen{hint}; add it to experiments: in your config")
        return self.experiments[name]

    @property
    def artefacts(self) -> list[str]:
        """All artefacts that some chosen experiment shows."""
        return sorted({artefact for experiment in self.experiments.values() for artefact in experiment.artefacts})

    def one_of(self, made: dict[str, str], folder: str, name: str) -> str:
        """The stream that has something made, by the name that a target gives it.

        Args:
            made: name -> stream, of the chosen experiments.

        Raises:
            UserError: no chosen experiment has it made.
        """
        if name not in made:
            raise UserError(
                f"{self.results}/{folder}/{name}: of no chosen experiment{near_miss(name, made)}; correct the target, "
                "or add an experiment to experiments: in your config"
            )
        return made[name]
