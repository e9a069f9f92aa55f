"""What can be wrong with an experiment's solvers, said before the first job starts."""

from mneme.catalogue import schema
from mneme.errors import UserError
from mneme.plan.methods import contract, is_conditional, solver_contract, solver_settings
from mneme.plan.plan import Plan
from mneme.plan.tasks import stream_of

TIERS = schema.Tier.__args__
NEEDED = {"network", "classes", "augment", "steps", "batch", "lr", "test_every", "threads"}  # asked of every solver


def check_solver(plan: Plan, solver: str, experiment: schema.Experiment, asked_by: str) -> None:
    """Resolve everything that a solver's jobs will ask for.

    Raises:
        UserError: the first thing that is wrong.
    """
    known = solver_contract(plan, solver, asked_by)
    if known["replays"]:
        check_replayed(plan, solver, known["replays"], experiment, asked_by)
    where = plan.catalogue.location("solvers", solver.partition("-")[0])
    highest = max(label for task in stream_of(plan, experiment.stream) for label in task.labels)
    for tier in TIERS:
        settings = solver_settings(plan, solver, tier)
        if missing := NEEDED - set(settings):
            raise UserError(f"{where}: settings: '{min(missing)}' is missing; every solver says it")
        if highest >= settings["classes"]:
            raise UserError(
                f"{where}: 'classes: {settings['classes']}' are too few for stream {experiment.stream}, which has "
                f"{highest + 1}; raise it"
            )
        if settings["network"] == "small" and settings["augment"]:
            raise UserError(
                f"{where}: tier {tier}: 'network: small' takes images of the stream's own size, and 'augment: true' "
                "cuts them; set augment: false, or network: resnet18"
            )


def check_replayed(plan: Plan, solver: str, method: str, experiment: schema.Experiment, asked_by: str) -> None:
    """A solver replays a method of the experiment that makes the class it is asked for."""
    contract(plan, method, asked_by)
    if method not in experiment.methods:
        raise UserError(f"{asked_by}: {solver} replays '{method}', which is not among the methods; add it there")
    if not is_conditional(plan, experiment.stream, method):
        able = [name for name in experiment.methods if is_conditional(plan, experiment.stream, name)]
        raise UserError(
            f"{asked_by}: {solver} needs labelled samples, but {method} cannot be asked for a class; "
            + (f"of the methods, {', '.join(able)} can" if able else "add a conditional method")
        )
