"""What a task adds to a compressed chain, counted as Table 1 and Figure 15 of GAN Memory do: the generator only.

A deviation: per matrix, the released ``get_parameter_num`` counts 2 x rows x new + new, as if it were square, and only
the coefficients of new bases. Here it is (rows + columns) x new, and all coefficients that the task stores.
"""

from typing import Any

from mneme.networks.style_sets import group_of, layer_label
from mneme.state import numbers


def count(state: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Count the numbers and bases of every task in a checkpoint.

    Args:
        state: of a ``gan_memory_compressed`` checkpoint, which holds all tasks so far: ``bases`` and ``tasks``.

    Returns:
        One row a task: ``task``, ``parameters`` (new bases, coefficients, other styles) and ``naive`` (all style
        parameters, uncompressed); and one row a task and matrix: ``task``, ``layer``, ``group``, ``added`` bases,
        ``rank`` (the most there could be).
    """
    bases = state["bases"]
    sizes = {name: (len(base["left"]), len(base["right"])) for name, base in bases.items()}
    tasks, matrices, known = [], [], dict.fromkeys(bases, 0)
    for index in sorted(map(int, state["tasks"])):
        kept = state["tasks"][str(index)]
        added = {name: len(values) - known[name] for name, values in kept["coefficients"].items()}
        known = {name: len(values) for name, values in kept["coefficients"].items()}
        rest = numbers(kept["styles"])
        stored = rest + numbers(kept["coefficients"]) + sum(added[name] * sum(sizes[name]) for name in sizes)
        tasks.append({"task": index, "parameters": stored, "naive": rest + sum(m * n for m, n in sizes.values())})
        matrices += [
            {"task": index, "layer": layer_label(n), "group": group_of(n), "added": added[n], "rank": min(sizes[n])}
            for n in sizes
        ]
    return tasks, matrices
