"""Options of every script that measures samples. No torch: ``--help`` answers at once."""

from argparse import ArgumentParser
from pathlib import Path


def judges(parser: ArgumentParser) -> None:
    """The files that :func:`mneme.evaluation.judges.read` reads."""
    parser.add_argument("--classifier", type=Path, required=True)
    parser.add_argument("--references", nargs="+", required=True, metavar="INDEX=FILE")
    parser.add_argument("--inception-weights", type=Path, help="published weights; without them no Inception measures")
    parser.add_argument("--inception-references", nargs="*", default=[], metavar="INDEX=FILE")


def model(parser: ArgumentParser) -> None:
    """The files that make up a model after a task (:func:`mneme.training.restore.restore`)."""
    parser.add_argument("--base", type=Path, help="checkpoint of the base GAN, where the method trains on top of it")
    parser.add_argument("--checkpoints", nargs="+", required=True, metavar="INDEX=FILE")
