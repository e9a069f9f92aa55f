"""All measurements of an experiment: the jobs whose rows its tables gather."""

from functools import cache

from mneme.plan.job import File, Job
from mneme.plan.jobs import best_step, confusion, curve, evaluate, evolution, masks, reverse, train
from mneme.plan.methods import contract
from mneme.plan.plan import Plan
from mneme.plan.tasks import seen

PROBES = {
    "curve": curve,
    "reverse": reverse,
    "evolution": evolution,
    "confusion": confusion,
    "best_step": best_step,
    "masks": masks,
}
"""What an experiment names under ``probes:`` -> its module, which says in which table its rows stand (``TABLE``), after
which tasks it is asked (``checkpoints``), and of which methods it cannot be (``why_not``)."""


@cache
def measurements(plan: Plan, experiment: str) -> dict[str, list[Job]]:
    """Kind of job -> all of this kind that an experiment's tables gather, in order of methods, seeds and tasks."""
    config = plan.experiment(experiment)
    stream, last = config.stream, len(seen(plan, experiment))

    def jobs(kind, names: list[str], tasks: list[int] | None = None) -> list[Job]:
        return [
            kind.job(plan, stream, method, seed, t)
            for method in names
            for seed in plan.config.seeds
            for t in measured_after(plan, experiment, method)
            if tasks is None or t in tasks
        ]

    found = {"evaluate": jobs(evaluate, config.methods)}
    for name, kind in PROBES.items():
        found[name] = jobs(kind, config.probes.get(name, []), kind.checkpoints(plan, stream, last))
    return found


def measured_after(plan: Plan, experiment: str, method: str) -> list[int]:
    """The tasks after which an experiment measures a method: of a bound that is trained afresh, those that it shows."""
    config, last = plan.experiment(experiment), len(seen(plan, experiment))
    known = contract(plan, method)
    if config.bounds_after is None or known["SEES"] != "all" or known["CHAINED"]:
        return list(range(1, last + 1))
    return sorted({*(task for task in config.bounds_after if task <= last), last})


def files(jobs: list[Job], output: str) -> list[File]:
    """One output of each job."""
    return [job.file(output) for job in jobs]


def checkpoints(plan: Plan, experiment: str) -> dict[str, dict[int, File]]:
    """Method -> task -> checkpoint, of the first seed."""
    config, seed = plan.experiment(experiment), plan.config.seeds[0]
    return {
        method: {
            t: train.of_chain(plan, config.stream, method, seed, t).file("checkpoint")
            for t in measured_after(plan, experiment, method)
        }
        for method in config.methods
    }
