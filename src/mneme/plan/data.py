"""Jobs that fetch and prepare data."""

from pathlib import Path
from typing import Any

from mneme.data.stream import Task
from mneme.errors import UserError
from mneme.plan.asked import Asked
from mneme.plan.check import WEIGHTS
from mneme.plan.inputs import Inputs


class DataJobs(Asked):
    """``download`` and ``prepare``."""

    def download_spec(self, path: str) -> dict[str, Any]:
        """Of the file that belongs at ``data/downloads/<path>``."""
        for name, licence in WEIGHTS.items():
            weights = getattr(self.catalogue.evaluation, name)
            if path == weights.path:
                known = {"job": "download", "dataset": name, "role": "weights", "licence": licence}
                return {**known, **weights.model_dump()}
        for name in self.catalogue.names("bases"):
            base = self.catalogue.base(name, "config")
            if base.file and base.file.path == path:
                known = {"job": "download", "dataset": name, "role": "base", "licence": base.licence}
                return {**known, **base.file.model_dump()}
        for name in self.catalogue.names("datasets"):
            dataset = self.catalogue.dataset(name, "config")
            for role, file in dataset.files.items():
                if file.path == path:
                    known = {"job": "download", "dataset": name, "role": role, "licence": dataset.licence}
                    return {**known, **file.model_dump()}
        raise UserError(
            f"data/downloads/{path}: nothing in config/datasets.yaml, bases.yaml or evaluation.yaml has this file; "
            "correct the path"
        )

    def network_weights(self, network: str) -> Inputs:
        """Published weights as an input, where the config asks for them."""
        wanted = getattr(self.config, f"{network}_weights")
        if wanted == "download":
            wanted = f"data/downloads/{getattr(self.catalogue.evaluation, network).path}"
        return {f"{network}_weights": str(Path(wanted).expanduser())} if wanted else {}

    def prepare_spec(self, dataset: str, size: int) -> dict[str, Any]:
        config = self.catalogue.dataset(dataset, "config")
        keys = ("format", "channels", "fit", "min_images", "test_fraction", "classes")
        spec = {"job": "prepare", "dataset": dataset, "size": size, **{key: getattr(config, key) for key in keys}}
        spec |= {key: value for key in ("derive", "one_class", "subset") if (value := getattr(config, key))}
        if config.max_images is not None:
            spec["max_images"] = config.max_images
        if config.path:
            return {**spec, "source": self.user_files(dataset)["sha256"]}
        return {**spec, "files": {role: file.checksum for role, file in config.files.items()}}

    def prepare_inputs(self, dataset: str) -> Inputs:
        config = self.catalogue.dataset(dataset, "config")
        return {"files": {role: f"data/downloads/{file.path}" for role, file in config.files.items()}}

    def user_source(self, dataset: str) -> Inputs:
        """A user's own images: known by their content, no file that Snakemake looks after."""
        path = self.catalogue.dataset(dataset, "config").path
        return {"source": str(Path(path).expanduser())} if path else {}

    def prepared(self, dataset: str, size: int) -> str:
        return f"data/prepared/{dataset}-{size}px.pt"

    def data_of(self, tasks: list[Task], size: int) -> dict[str, str]:
        """Dataset -> prepared file, for some tasks."""
        return {name: self.prepared(name, size) for name in dict.fromkeys(task.dataset for task in tasks)}

    def data_hashes(self, names: Any, size: int) -> dict[str, str]:
        return {name: self.hash_of("prepare", name, size) for name in names}
