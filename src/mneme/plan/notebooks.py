"""What a notebook needs, read from its parameters cell: a parameter named like an input gets that input."""

import ast
import json
from functools import cache
from pathlib import Path


@cache
def parameters(path: Path) -> frozenset[str]:
    """Names assigned in the cell tagged ``parameters``.

    Raises:
        KeyError: there is no such cell.
    """
    for cell in json.loads(path.read_text())["cells"]:
        if "parameters" in cell["metadata"].get("tags", []):
            body = ast.parse("".join(cell["source"])).body
            return frozenset(line.targets[0].id for line in body if isinstance(line, ast.Assign))
    raise KeyError(f"{path} has no cell tagged 'parameters'")
