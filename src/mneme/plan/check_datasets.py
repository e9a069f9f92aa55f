"""Whatever is wrong with the datasets of a stream is said before the first job starts."""

from pathlib import Path

from mneme.catalogue import schema
from mneme.errors import UserError
from mneme.plan.jobs import download, prepare
from mneme.plan.methods import format_file
from mneme.plan.plan import Plan
from mneme.plan.tasks import user_files


def check_dataset(plan: Plan, dataset: str) -> None:
    """Its format, its keys, and the pictures of a user's own."""
    config, where = plan.catalogue.dataset(dataset, "config"), plan.catalogue.location("datasets", dataset)
    format_file(plan, dataset)
    check_keys(config, where)
    check_pictures(plan, dataset, config, where)


def check_keys(config: schema.Dataset, where: str) -> None:
    """Keys that go together do, and keys that speak of folders stand where there are folders."""
    of_folders = ("direction", "given", "target", "paired", "train", "test", "take", "test_take")
    if config.format != "image_folder" and (used := [name for name in of_folders if getattr(config, name)]):
        raise UserError(f"{where}: {used[0]}: is for 'format: image_folder', not for {config.format}; leave it out")
    ways = [name for name in ("direction", "given", "given_by") if getattr(config, name)]
    if len(ways) > 1:
        raise UserError(f"{where}: {ways[0]}: and {ways[1]}: both say which images are given; leave one out")
    for one, other in (("given", "target"), ("target", "given"), ("paired", "given")):
        if getattr(config, one) and not getattr(config, other):
            raise UserError(f"{where}: {one}: without {other}:, the folder of the other side; add it")
    if both := {*config.given} & {*config.target} or {*config.train} & {*config.test}:
        raise UserError(f"{where}: folder '{min(both)}' cannot be on two sides or in two splits; name it once")
    if config.test_take and not config.take and not config.test:
        raise UserError(f"{where}: test_take: without take:, the pictures to train on; add it")


def check_pictures(plan: Plan, dataset: str, config: schema.Dataset, where: str) -> None:
    """Pictures that nobody can fetch are there, with every class folder that is asked for and both sides of pairs."""
    if config.format == "image_folder" and not config.path and not config.files:
        how = config.obtain or "put the pictures into a folder"
        raise UserError(f"{where}: {how}; then set catalogue.datasets.{dataset}.path in your config to where they are")
    prepared = prepare.OUTPUTS["output"].format(dataset=dataset, size="*")
    if not config.path and not plan.config.mirror and not any(Path().glob(prepared)):
        for file in config.files.values():
            if not file.mirrors and not Path(download.OUTPUTS["output"].format(path=file.path)).exists():
                raise UserError(
                    f"{where}: {file.path} is not published; put it at FOLDER/{file.path} and set mirror: FOLDER "
                    f"in your config, or set catalogue.datasets.{dataset}.path to pictures of your own"
                )
    if config.path and (config.subset or config.given):
        found = user_files(plan, dataset)["classes"]
        if config.subset and (missing := [name for name in config.classes or [] if name not in found]):
            raise UserError(f"{where}: {config.path} has no class folder '{missing[0]}'; add it, or correct the path")
