"""What ``workflow/scripts/plan.py`` tells of the jobs that Snakemake would run."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from mneme.catalogue.catalogue import Catalogue
from mneme.operations import commands, forecast, pricing
from mneme.operations.dry_run import dry_run
from mneme.operations.edits import edits
from mneme.operations.leftovers import leftovers, said


def tell(arguments: Sequence[str], root: Path) -> str:
    """The plan as text: forecast, makefile, or what killed jobs have left.

    Args:
        arguments: of the script; what it does not know is Snakemake's.
        root: folder of the Snakefile.

    Raises:
        UserError: Snakemake refuses, with its sentence.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("--budget", type=seconds)
    parser.add_argument("--leftovers", action="store_true")
    own, words = parser.parse_known_args(arguments)
    planned, config = dry_run(words, root)
    if own.commands:
        return commands.makefile(planned)
    left = leftovers(planned)
    if own.leftovers:
        return f"{left}\n"
    before, predict = pricing.records(Path(".snakemake/metadata")), dict
    if planned:
        catalogue = Catalogue(config, root / "config")
        os.environ["MNEME_METHODS"] = os.pathsep.join(map(str, catalogue.outside))  # of these networks too
        from mneme.operations.predict import predictor  # torch, for a plan that has something to do

        predict = predictor(planned, catalogue)
    text = forecast.report(planned, before, edits(root), predict, own.budget)
    if left.stale:
        text += f"\nleft over: {said(left.stale)}, that no job goes on from; --leftovers lists them"
    return f"{text}\n"


def seconds(text: str) -> float:
    """``90s``, ``45m``, ``2h`` or ``1.5d`` in seconds."""
    try:
        return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[text[-1:]]
    except (KeyError, ValueError):
        raise argparse.ArgumentTypeError(f"'{text}' is no time; write it as 90s, 45m, 2h or 1.5d") from None
