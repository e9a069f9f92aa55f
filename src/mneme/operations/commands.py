"""The jobs of a plan as a makefile, for a machine that has no Snakemake: torch and GNU make are enough to train."""

import shlex
from collections.abc import Iterable
from pathlib import Path

from mneme.operations.dry_run import Job
from mneme.spec import spec_hash

DONE = ".jobs"  # a file for each finished job, called by the hash of its spec: other settings are another job


def makefile(planned: Iterable[Job]) -> str:
    """A makefile whose ``all`` runs the jobs, each after those whose files it reads; ``make -j`` runs several at once.

    A job that was interrupted goes on from its last save when make is called again; a finished one is left alone.
    """
    jobs = [job for job in planned if job.spec]
    stamps = {path: f"{DONE}/{spec_hash(job.spec)}" for job in jobs for path in job.outputs}
    rules = []
    for job in jobs:
        needs = sorted({stamps[path] for path in job.inputs if path in stamps})
        folders = sorted({str(Path(path).parent) for path in (*job.outputs, *job.logs)} | {DONE})
        target = stamps[job.outputs[0]]
        lines = [f"{target}: {' '.join(needs)}".rstrip(), f"\t@mkdir -p {shlex.join(folders)}"]
        lines += [f"\t@echo {shlex.quote(f'{job.rule} {job.outputs[0]}')}", f"\t@{job.command.replace('$', '$$')}"]
        rules.append("\n".join([*lines, "\t@touch $@"]))
    targets = " ".join(dict.fromkeys(stamps[job.outputs[0]] for job in jobs))
    return "\n\n".join([f".PHONY: all\nall: {targets}", *rules]) + "\n"
