"""Whatever is wrong with a config is said before the first job starts."""

from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mneme.catalogue import schema
from mneme.claims.read import claims as read_claims
from mneme.data.stream import Stream
from mneme.errors import UserError, near_miss
from mneme.plan.check_solvers import check_solver

if TYPE_CHECKING:
    from mneme.plan.jobs import Plan

BASE = "base"  # the base GAN stands in tables and figures as a method of this name, with the source as its task 0
TRAINED = "trained"  # the base GAN of a stream that names no published one
TIERS = schema.Tier.__args__  # all of them: a typo in another tier's overlay is found now, not when it is first used
NEEDED = {"steps", "batch", "snapshots", "threads"}  # settings that the training loop and the plan ask for
WEIGHTS = {"inception": "Apache-2.0", "resnet18": "BSD-3-Clause"}  # of config/evaluation.yaml, with their licences
# folders of results/
RESERVED = (BASE, "real", "solvers", "bases", "classifiers", "figures", "tables", "claims", "timing")


def check(plan: "Plan") -> None:
    """Resolve everything that the jobs will ask for, once.

    Raises:
        UserError: the first thing that is wrong.
    """
    check_downloads(plan)
    for part, tier in product(("classifier", "samples", "reverse", "evolution", "styles"), TIERS):
        plan.tiered(part, tier)
    for network in WEIGHTS:
        weights = getattr(plan.config, f"{network}_weights")
        if weights and weights != "download" and not Path(weights).expanduser().is_file():
            raise UserError(f"config.yaml: {network}_weights: {weights}: no such file; correct the path, or set null")
    for name, experiment in plan.experiments.items():
        check_experiment(plan, name, experiment)
    check_bases(plan)


def check_downloads(plan: "Plan") -> None:
    """All datasets, also those that nobody asked for; a place in data/downloads/ belongs to one file."""
    checksums: dict[str, str] = {}
    for name in plan.catalogue.datasets:
        for role, file in plan.catalogue.dataset(name, "config").files.items():
            if checksums.setdefault(file.path, file.checksum) != file.checksum:
                place = plan.catalogue.place_of_dataset(name)
                raise UserError(f"{place}: files.{role}.path: {file.path} is another file already; choose another path")


def check_experiment(plan: "Plan", name: str, experiment: schema.Experiment) -> None:
    place = plan.catalogue.place("experiments", name)
    stream = plan.stream(experiment.stream, f"{place}: stream")
    check_stream(plan, stream)
    for method in experiment.methods:
        check_method(plan, method, stream, f"{place}: methods")
    check_probes(plan, place, experiment, stream)
    for solver in experiment.solvers:
        check_solver(plan, solver, experiment, f"{place}: solvers")
    notebooks = [path.stem for path in (plan.root / "notebooks").glob("*.ipynb")]
    for word in experiment.artefacts:
        if word not in notebooks:
            raise UserError(f"{place}: artefacts: no notebook '{word}.ipynb'{near_miss(word, notebooks)}")
        plan.figure_values(name, word)
    if experiment.paper:
        paper = plan.catalogue.paper(experiment.paper, f"{place}: paper")
        read_claims(paper, experiment.paper, plan.catalogue.place("papers", experiment.paper))


def check_probes(plan: "Plan", place: str, experiment: schema.Experiment, stream: Stream) -> None:
    """Curves, reverse accuracies and evolutions are asked of methods and streams that can have them."""
    for kind in ("curves", "reverse", "evolution"):
        for method in getattr(experiment, kind):
            if method not in experiment.methods:
                raise UserError(f"{place}: {kind}: '{method}' is not among the methods; add it there")
            many = [task.name for task in stream if len(task.labels) > 1]
            if kind == "reverse" and many and not plan.conditional(stream.name, method):
                raise UserError(
                    f"{place}: reverse: {method} cannot be asked for a class, and task '{many[0]}' has several, so its "
                    "samples have no labels to learn from; leave it out"
                )
            if kind != "reverse" and not plan.method_settings(stream.name, method, 1)["snapshots"]:
                raise UserError(f"{place}: {kind}: {method} keeps no snapshots; set its 'snapshots', or leave it out")
            if kind == "evolution" and not plan.contract(method)["CHAINED"]:
                raise UserError(f"{place}: evolution: {method} does not go on from task to task; leave it out")
    said = f"stream '{stream.name}' has"
    if experiment.reverse and sum(len(task.labels) for task in stream) < 2:
        raise UserError(f"{place}: reverse: {said} one class, nothing to tell apart; leave it out, or add a class")
    if experiment.evolution and len(stream) < 2:
        raise UserError(f"{place}: evolution: {said} no second task; leave it out, or add a task")


def check_stream(plan: "Plan", stream: Stream) -> None:
    """Formats of its datasets, and its settings of the base GAN and of other methods."""
    for dataset in plan.judged(stream.name):
        plan.format_file(dataset)
        check_pictures(plan, dataset)
    config, place = plan.catalogue.stream(stream.name, "config"), plan.catalogue.place("streams", stream.name)
    if base := plan.published(stream.name):
        check_published(plan, base, stream, f"{place}: base: {config.base}")
    for method in config.settings:
        plan.catalogue.method(method, f"{place}: settings")
    for tier, overlays in config.tiers.items():
        for method in overlays:
            plan.catalogue.method(method, f"{place}: tiers.{tier}")
    if stream.source:
        check_settings(plan, BASE, stream, [0])


def check_pictures(plan: "Plan", dataset: str) -> None:
    """Pictures that nobody can fetch are there, with every class folder that is asked for."""
    config, place = plan.catalogue.dataset(dataset, "config"), plan.catalogue.place_of_dataset(dataset)
    if config.format == "image_folder" and not config.path and not config.files:
        how = config.obtain or "put the pictures into a folder"
        raise UserError(f"{place}: {how}; then set catalogue.datasets.{dataset}.path in your config to where they are")
    if config.path and config.subset:
        found = plan.user_files(dataset)["classes"]
        if missing := [name for name in config.classes or [] if name not in found]:
            raise UserError(f"{place}: {config.path} has no class folder '{missing[0]}'; add it, or correct the path")


def check_published(plan: "Plan", base: schema.Base, stream: Stream, place: str) -> None:
    if stream.source:
        raise UserError(f"{place}: the stream has a 'source:' to train a base GAN on; leave out one of the two")
    if (base.size, base.channels) != (stream.size, stream.channels):
        raise UserError(
            f"{place}: makes images of {base.size} px and {base.channels} channels, but the stream's have "
            f"{stream.size} px and {stream.channels}; change 'size:' and 'channels:', or train a base GAN"
        )
    if not (base.file or base.own):
        where = plan.catalogue.place_of_base(plan.catalogue.stream(stream.name, "config").base)
        raise UserError(f"{where}: neither 'file:' to fetch nor 'own:', your copy of it; add one of the two")
    if base.own and not Path(base.own).expanduser().is_file():
        raise UserError(f"{place}: own: {base.own}: no such file; correct the path, or leave 'own:' out to fetch it")


def check_method(plan: "Plan", method: str, stream: Stream, place: str) -> None:
    name = method.partition("-")[0]
    if name in RESERVED:
        raise UserError(f"{place}: '{name}' is no method but a folder of results/; leave it out")
    if plan.contract(method, place)["BASE"] != "none" and not plan.has_base(stream.name):
        where = plan.catalogue.place("streams", stream.name)
        raise UserError(
            f"{place}: {method} starts from a base GAN, but {where} has neither 'source:' nor 'base: published'; "
            "add one of the two"
        )
    check_settings(plan, method, stream, range(1, len(stream) + 1))
    if first := plan.contract(method, place)["FIRST"]:
        check_settings(plan, first, stream, [1])


def check_settings(plan: "Plan", method: str, stream: Stream, tasks: Iterable[int]) -> None:
    for tier, task in product(TIERS, tasks):
        settings = plan.method_settings(stream.name, method, task, tier)
        place = plan.catalogue.place("methods", method.partition("-")[0])
        if missing := NEEDED - set(settings):
            raise UserError(f"{place}: settings: '{min(missing)}' is missing; every method says it")
        count = sum(len(one.labels) for one in stream)
        if (room := settings.get("classes", count)) < count:
            raise UserError(
                f"{plan.catalogue.place('streams', stream.name)}: its {count} classes do not fit 'classes: {room}' of "
                f"{method}; set classes: {count} or more"
            )


def check_bases(plan: "Plan") -> None:
    """Streams that share a base GAN's folder mean the same base GAN."""
    specs: dict[str, dict[str, Any]] = {}
    for name, experiment in plan.experiments.items():
        if plan.stream(experiment.stream).source:
            base, spec = plan.base_name(experiment.stream), plan.base_spec(experiment.stream, 0)
            if specs.setdefault(base, spec) != spec:
                raise UserError(
                    f"{plan.catalogue.place('experiments', name)}: two streams train the base GAN '{base}' with "
                    "different settings; give the settings in config/methods/base/base.yaml instead of in the streams"
                )
