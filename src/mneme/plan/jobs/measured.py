"""All measurements of an experiment: the jobs whose rows its tables gather."""

from functools import cache

from mneme.plan.job import File, Job
from mneme.plan.jobs import curve, evaluate, evolution, reverse, train
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of

PROBES = {"curve": curve, "reverse": reverse, "evolution": evolution}
"""Kind of probe -> its module: what an experiment names under ``probes:``, of which rows go into the tables."""


@cache
def measurements(plan: Plan, experiment: str) -> dict[str, list[Job]]:
    """Kind of job -> all of this kind that an experiment's tables gather, in order of methods, seeds and tasks."""
    config = plan.experiment(experiment)
    stream, last = config.stream, len(stream_of(plan, config.stream))

    def jobs(kind, names: list[str], tasks: list[int]) -> list[Job]:
        return [kind.job(plan, stream, n, seed, t) for n in names for seed in plan.config.seeds for t in tasks]

    every = list(range(1, last + 1))
    found = {"evaluate": jobs(evaluate, config.methods, every)}
    for name, kind in PROBES.items():
        found[name] = jobs(kind, config.probes.get(name, []), kind.checkpoints(plan, stream, last))
    return found


def files(jobs: list[Job], output: str) -> list[File]:
    """One output of each job."""
    return [job.file(output) for job in jobs]


def checkpoints(plan: Plan, experiment: str) -> dict[str, dict[int, File]]:
    """Method -> task -> checkpoint, of the first seed."""
    config, seed = plan.experiment(experiment), plan.config.seeds[0]
    tasks = range(1, len(stream_of(plan, config.stream)) + 1)
    return {
        method: {t: train.of_chain(plan, config.stream, method, seed, t).file("checkpoint") for t in tasks}
        for method in config.methods
    }
