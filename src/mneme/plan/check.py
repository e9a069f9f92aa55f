"""Checks of a whole config, before the first job starts."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.claims.read import claims as read_claims
from mneme.claims.schema import Claim
from mneme.data.stream import Stream
from mneme.errors import UserError, near_miss
from mneme.plan.check_bases import check_bases, check_published
from mneme.plan.check_datasets import check_dataset
from mneme.plan.check_settings import TIERS, check_known, check_settings
from mneme.plan.check_tasks import check_same, check_tasks
from mneme.plan.jobs import figure, styles
from mneme.plan.jobs.download import WEIGHTS
from mneme.plan.jobs.measured import PROBES
from mneme.plan.methods import contract, evaluation_settings, gives, is_conditional, settings_of
from mneme.plan.names import BASE, RESERVED
from mneme.plan.outside import check_names
from mneme.plan.plan import Plan
from mneme.plan.tasks import evaluated_datasets, has_base, published_base, stream_of

TESTED = ("reverse", "confusion", "best_step")  # probes that ask about test images


def checked_plan(config: dict[str, Any], root: Path) -> Plan:
    """The plan of a config, of which everything that its jobs will ask for is resolved once.

    Args:
        config: the merged content of ``config.yaml``.
        root: folder of the Snakefile.

    Raises:
        UserError: the first thing that is wrong.
    """
    plan = Plan(config, root)
    check_names(plan)
    check_downloads(plan)
    for part, tier in product(("classifier", "samples", "reverse", "evolution", "styles"), TIERS):
        settings, ranges = evaluation_settings(plan, part, tier), getattr(plan.catalogue.evaluation, part).ranges
        check_known(f"{plan.catalogue.evaluation_location}: {part}.ranges", ranges, settings)
    for network in WEIGHTS:
        weights = getattr(plan.config, f"{network}_weights")
        if weights and weights != "download" and not Path(weights).expanduser().is_file():
            raise UserError(f"config.yaml: {network}_weights: {weights}: no such file; correct the path, or set null")
    for name, experiment in plan.experiments.items():
        check_experiment(plan, name, experiment)
    check_bases(plan)
    return plan


def check_downloads(plan: Plan) -> None:
    """Check that no two files share a path in data/downloads/, in all datasets, used or not."""
    checksums: dict[str, str] = {}
    for name in plan.catalogue.names("datasets"):
        for role, file in plan.catalogue.dataset(name, "config").files.items():
            if checksums.setdefault(file.path, file.checksum) != file.checksum:
                where = plan.catalogue.location("datasets", name)
                raise UserError(f"{where}: files.{role}.path: {file.path} is another file already; choose another path")


def check_experiment(plan: Plan, name: str, experiment: schema.Experiment) -> None:
    where = plan.catalogue.location("experiments", name)
    stream = stream_of(plan, experiment.stream, f"{where}: stream")
    check_stream(plan, stream)
    for method in experiment.methods:
        check_method(plan, method, stream, f"{where}: methods")
        if replayed := contract(plan, method)["replays"]:
            check_replayed(plan, method, replayed, experiment, stream, f"{where}: methods")
    check_held_out(plan, where, experiment, stream)
    if (experiment.tasks or 0) > len(stream):
        raise UserError(
            f"{where}: 'tasks: {experiment.tasks}' of stream {stream.name}, which has {len(stream)}; lower it"
        )
    check_probes(plan, where, experiment, stream[: experiment.tasks])
    notebooks = [path.stem for path in (plan.root / "notebooks").glob("*.ipynb")]
    for word in experiment.artefacts:
        if word not in notebooks:
            raise UserError(f"{where}: artefacts: no notebook '{word}.ipynb'{near_miss(word, notebooks)}")
        figure.job(plan, name, word)
    if experiment.paper:
        paper = plan.catalogue.paper(experiment.paper, f"{where}: paper")
        place = plan.catalogue.location("papers", experiment.paper)
        check_claims(plan, read_claims(paper, experiment.paper, place), place)


def check_claims(plan: Plan, claims: Iterable[Claim], place: str) -> None:
    """Check that claims need all methods they are about, and that these and the streams are in the catalogue: else they
    would never be asked."""
    for claim in claims:
        where = f"{place}: claim '{claim.id}'"
        for stream in claim.needs.streams:
            plan.catalogue.stream(stream, f"{where}: needs.streams")
        for method in claim.needs.methods:
            contract(plan, method, f"{where}: needs.methods")
        if lacking := [method for method in claim.methods() if method not in claim.needs.methods]:
            raise UserError(
                f"{where}: predicate: '{lacking[0]}' is not among needs.methods"
                f"{near_miss(lacking[0], claim.needs.methods)}; correct it, or add it there"
            )


def check_held_out(plan: Plan, where: str, experiment: schema.Experiment, stream: Stream) -> None:
    """Refuse to ask about test images that were trained on."""
    if all(task.hold_out for task in stream):
        return
    asking = [f"probes.{name}" for name in TESTED if experiment.probes.get(name)]
    asking += [f"methods: {method}" for method in experiment.methods if gives(plan, method, "predictions")]
    if asking:
        raise UserError(
            f"{where}: {asking[0]} is asked about test images, which stream {stream.name} trains on; leave it out, or "
            "set 'hold_out: true' there"
        )


def check_probes(plan: Plan, where: str, experiment: schema.Experiment, stream: Stream) -> None:
    """Check that probes exist, and that their methods and the stream can have them."""
    known = {**PROBES, "styles": styles}
    for name, methods in experiment.probes.items():
        if name not in known:
            raise UserError(f"{where}: probes: unknown probe '{name}'{near_miss(name, known)}")
        for method in methods:
            if method not in experiment.methods:
                raise UserError(f"{where}: probes.{name}: '{method}' is not among the methods; add it there")
            if reason := known[name].why_not(plan, stream, method):
                raise UserError(f"{where}: probes.{name}: {reason}")


def check_stream(plan: Plan, stream: Stream) -> None:
    """Check a stream's datasets, its base GAN, and the methods that it has settings for."""
    for dataset in dict.fromkeys([*evaluated_datasets(plan, stream.name), *filter(None, (t.given for t in stream))]):
        check_dataset(plan, dataset)
    config, where = plan.catalogue.stream(stream.name, "config"), plan.catalogue.location("streams", stream.name)
    if published := published_base(plan, stream.name):
        check_published(plan, published, stream, f"{where}: base: {config.base}")
    for method in config.settings:
        plan.catalogue.method(method, f"{where}: settings")
    for tier, overlays in config.tiers.items():
        for method in overlays:
            plan.catalogue.method(method, f"{where}: tiers.{tier}")
    if stream.source:
        check_tasks(contract(plan, BASE), "the base GAN", stream, where)
        check_settings(plan, BASE, stream, [0])


def check_method(plan: Plan, method: str, stream: Stream, where: str) -> None:
    name = method.partition("-")[0]
    if name in RESERVED:
        raise UserError(f"{where}: '{name}' is no method but a folder of results/; leave it out")
    known = contract(plan, method, where)
    networks = {settings_of(plan, stream.name, method, 1, tier).get("network") for tier in TIERS}
    check_tasks(known, method, stream, where, sorted(filter(None, networks)))
    if known["BASE"] != "none" and not has_base(plan, stream.name):
        entry = plan.catalogue.location("streams", stream.name)
        raise UserError(
            f"{where}: {method} starts from a base GAN, but {entry} has neither 'source:' nor 'base: published'; "
            "add one of the two"
        )
    check_settings(plan, method, stream, range(1, len(stream) + 1))
    for tier in TIERS if known["CHAINED"] else ():
        each = [settings_of(plan, stream.name, method, task.index, tier) for task in stream]
        check_same(known, method, each, plan.catalogue.location("streams", stream.name))
    if known["FIRST"]:
        check_settings(plan, known["FIRST"], stream, [1])


def check_replayed(
    plan: Plan, method: str, replayed: str, experiment: schema.Experiment, stream: Stream, where: str
) -> None:
    """Check that a replayed method gives images, is one of the experiment's, and conditional where tasks have several
    classes."""
    contract(plan, replayed, where)
    if not gives(plan, replayed, "images"):
        raise UserError(f"{where}: {method} replays '{replayed}', which gives no images; name a method that does")
    if replayed not in experiment.methods:
        raise UserError(f"{where}: {method} replays '{replayed}', which is not among the methods; add it there")
    if any(len(task.labels) > 1 for task in stream) and not is_conditional(plan, stream.name, replayed):
        able = [name for name in experiment.methods if is_conditional(plan, stream.name, name)]
        raise UserError(
            f"{where}: {method} needs labelled samples, but {replayed} cannot be asked for a class; "
            + (f"of the methods, {', '.join(able)} can" if able else "add a conditional method")
        )
