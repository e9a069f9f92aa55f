"""Nothing against forgetting: each task is learned from its own images alone. The lower bound."""

from mneme.solvers.solver import Solver


class Finetune(Solver):
    SEES, REPLAYS = "current", False
