"""Checks of base GANs: the published one of a stream, and those that streams share."""

from pathlib import Path
from typing import Any

from mneme.catalogue import schema
from mneme.data.stream import Stream
from mneme.errors import UserError
from mneme.plan.jobs import base
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of


def check_published(plan: Plan, published: schema.Base, stream: Stream, where: str) -> None:
    if translated := [task.name for task in stream if task.kind != "label"]:
        raise UserError(f"{where}: no base GAN can translate given images as task '{translated[0]}' asks; leave it out")
    if stream.source:
        raise UserError(f"{where}: the stream has a 'source:' to train a base GAN on; leave out one of the two")
    if (published.size, published.channels) != (stream.size, stream.channels):
        raise UserError(
            f"{where}: makes images of {published.size} px and {published.channels} channels, but the stream's have "
            f"{stream.size} px and {stream.channels}; change 'size:' and 'channels:', or train a base GAN"
        )
    if not (published.file or published.own):
        entry = plan.catalogue.location("bases", plan.catalogue.stream(stream.name, "config").base)
        raise UserError(f"{entry}: neither 'file:' to fetch nor 'own:', your copy of it; add one of the two")
    if published.own and not Path(published.own).expanduser().is_file():
        raise UserError(
            f"{where}: own: {published.own}: no such file; correct the path, or leave 'own:' out to fetch it"
        )


def check_bases(plan: Plan) -> None:
    """Check that streams which share a base GAN's folder train it with the same settings."""
    specs: dict[str, Any] = {}
    for name, experiment in plan.experiments.items():
        if stream_of(plan, experiment.stream).source:
            source, job = base.name_of(plan, experiment.stream), base.of_stream(plan, experiment.stream, 0)
            if specs.setdefault(source, job.text) != job.text:
                raise UserError(
                    f"{plan.catalogue.location('experiments', name)}: two streams train the base GAN '{source}' with "
                    "different settings; give the settings in config/methods/base/base.yaml instead of in the streams"
                )
