"""What a rule's function refuses, a mistyped target for one, is said in one sentence."""

from typing import Any

import snakemake.rules
from snakemake.exceptions import InputFunctionException, WorkflowError

from mneme.errors import UserError


class Refused(InputFunctionException):
    """Snakemake's own error shows the way through our modules, also below a sentence that says it all."""

    def __init__(self, said: Any, wildcards: Any = None, rule: Any = None, **where: Any) -> None:
        if isinstance(said, UserError):
            asked = ", ".join(f"{name}={value}" for name, value in wildcards.items())
            WorkflowError.__init__(self, f"{said} (rule {rule.name}: {asked})")
        else:
            super().__init__(said, wildcards=wildcards, rule=rule, **where)


def refuse() -> None:
    """From now on."""
    snakemake.rules.InputFunctionException = Refused
