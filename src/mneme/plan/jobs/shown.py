"""What an experiment shows: figures, tables and the ledger."""

from mneme.plan.job import Job
from mneme.plan.jobs import claims, figure, table
from mneme.plan.plan import Plan


def shown(plan: Plan, experiment: str) -> list[Job]:
    """The jobs whose outputs are an experiment's results."""
    config = plan.experiment(experiment)
    jobs = [figure.job(plan, experiment, artefact) for artefact in config.artefacts] + [table.job(plan, experiment)]
    return jobs + ([claims.job(plan, experiment)] if config.paper else [])
