"""Bytes of a planned job's outputs, told from its spec before it ran."""

from collections.abc import Callable, Sequence
from pathlib import Path

from mneme.catalogue.catalogue import Catalogue
from mneme.lineage import SUFFIX
from mneme.operations.dry_run import Job
from mneme.operations.sizes import Sizes
from mneme.spec import spec_hash


def predictor(planned: Sequence[Job], catalogue: Catalogue) -> Callable[[Job], dict[str, int]]:
    """Output -> bytes of a job, as far as they are known.

    Args:
        planned: all jobs of the plan; one is sized with those whose checkpoints it starts from.
        catalogue: of the plan's config; it says how many images a dataset has.
    """
    specs = {spec_hash(job.spec): job.spec for job in planned if job.spec}
    made = {
        job.spec[name]: Path(path)
        for job in planned
        if job.rule in ("base", "train")
        for name in ("base", "previous")
        if (path := job.option(f"--{name}"))
    }
    datasets = {name: catalogue.dataset(name, "config") for name in catalogue.names("datasets")}
    images = {name: (entry.images, len(entry.classes or [name])) for name, entry in datasets.items() if entry.images}
    sizes = Sizes(specs, made, images)

    def predict(job: Job) -> dict[str, int]:
        size = job.option("--bytes")
        files = {"": int(size)} if size else sizes.of(job.spec) if job.spec else {}
        results = [path for path in job.outputs if not path.endswith(SUFFIX)]
        known = ((path, files.get(Path(path).name, files.get(""))) for path in results)
        return {path: size for path, size in known if size is not None}

    return predict
