"""Helpers of all rules, which turn a kind of job (mneme.plan.jobs) into the parts of its rule."""

import inspect
import os
import shlex
import sys
from functools import cache

from mneme.errors import UserError
from mneme.operations import machine
from mneme.plan.changed import MISSING, SAME, as_made, in_order, mark, state
from mneme.plan.jobs.shown import shown

RUN = "{params.run} --spec {params.spec:q} >{log:q} 2>&1"
WRITTEN = [plan.results, "results", "data", "logs"]


def here(*parts):
    """A file of the workflow, as seen from the working directory: a moved checkout keeps its results."""
    return os.path.relpath(os.path.join(workflow.basedir, *parts))


def env_file(name):
    return os.path.join(workflow.basedir, "envs", f"{name}.yaml")


def job_of(kind, wildcards, **known):
    """The job of some wildcards, which are named like the arguments of the kind's job()."""
    names = list(inspect.signature(kind.job).parameters.values())[1:]
    values = {p.name: p.annotation(known.get(p.name) or getattr(wildcards, p.name)) for p in names}
    return kind.job(plan, **values)


def read(kind, **known):
    """The input files of a kind of job. Of a result that is as planned no time stamp matters: where they are in no order,
    inputs that are as they were made are ancient; edited ones are read again, and refused. A result that is not as
    planned reads a mark that is newer."""

    def files(wildcards):
        job = job_of(kind, wildcards, **known)
        refuse_unwritable(job)
        paths = {name: [file.path for file in job.files(name) if file.job] for name in job.inputs}
        if (found := state(job)) == SAME:
            copied = not in_order(job) and as_made(job)
            return {name: ancient(files) for name, files in paths.items()} if copied else paths
        return paths | ({"changed": mark(found)} if found != MISSING else {})

    return unpack(files)


@cache
def unwritable():
    """What is wrong with the folders that jobs write to, or "". What runs no job (--dry-run, --summary, --report, ...)
    writes none: Snakemake chooses an executor before it builds the graph only where it is going to run it."""
    if not workflow.is_main_process or workflow.executor_plugin is None or workflow.dryrun:
        return ""
    try:
        start.require_writable(WRITTEN)
    except UserError as said:
        return str(said)
    return ""


def refuse_unwritable(job):
    """End Snakemake where a job would run whose results cannot be written: before it looks at them and says so in its own
    words. Not by an exception, which it would print with a traceback."""
    if unwritable() and (state(job) != SAME or not all(map(os.path.exists, job.outputs.values()))):
        sys.exit(f"error: {unwritable()}")


def run(kind, **known):
    """The params of a kind of job: all that defines its result, and the rest of its command. Snakemake never compares a
    param that is made with `output`."""
    return {
        "spec": lambda wildcards: job_of(kind, wildcards, **known).text,
        "run": lambda wildcards, output: (
            f"{OUTSIDE}python {here('workflow', 'scripts', job_of(kind, wildcards, **known).rule)}.py "
            f"{job_of(kind, wildcards, **known).arguments}"
        ),
    }


def experiment_results(names):
    """Everything some experiments show: figures, tables, ledger. A list: of a generator, Snakemake loses the first."""
    return [path for name in names for job in shown(plan, name) for path in job.outputs.values()]


# Jobs find methods outside the checkout by their environment: where those lie is no part of any spec.
OUTSIDE = f"MNEME_METHODS={shlex.quote(os.pathsep.join(map(str, plan.outside)))} " if plan.outside else ""

GPUS = machine.gpus_of_a_job(plan.config.device)
machine.hand_down(plan.config)

# Each job waits for a GPU of its own (mneme.machine.lease); a budget keeps the waiting ones from filling the memory.
if workflow.is_main_process:
    budget = workflow.global_resources.get("gpu")
    elsewhere = bool(workflow.resource_settings.nodes)  # --jobs: the executor itself is not known yet
    with start.refusing(WorkflowError):
        machine.check_budget(plan.config.device, GPUS, budget.value if budget else None, elsewhere)
