"""What a notebook needs, read from its parameters cell: a parameter named like an input gets that input."""

import ast
import json
from functools import cache
from pathlib import Path

from mneme.errors import UserError


@cache
def parameters(path: Path) -> frozenset[str]:
    """Names assigned in the cell tagged ``parameters``.

    Raises:
        UserError: there is no such cell, or this is no notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no notebook ({error}); mend it") from error
    for cell in cells:
        if "parameters" in cell["metadata"].get("tags", []):
            body = ast.parse("".join(cell["source"])).body
            return frozenset(line.targets[0].id for line in body if isinstance(line, ast.Assign))
    raise UserError(f"{path}: no cell is tagged 'parameters'; tag the one with the notebook's inputs")
