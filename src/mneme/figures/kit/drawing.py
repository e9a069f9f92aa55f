"""What every figure is told besides its data, and what it gives: the experiment, looks of methods, a drawing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

REPLAY = "replay-"  # a classifier that replays a method is called like it, after this, and looks like it

# For methods of which no paper says how they look. All colours are Okabe and Ito's or near them, told apart with any
# colour vision; markers say the same again in grey.
FREE = (("#009E73", "P"), ("#CC79A7", "X"), ("#8C6BB1", "<"), ("#A6761D", ">"), ("#7F7F7F", "p"), ("#B2182B", "h"))


@dataclass(frozen=True)
class Looks:
    """Names, colours and markers by method, in the order of print: ``methods:`` of the papers."""

    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def label(self, method: str) -> str:
        """The method's name in print; an unknown one as it is."""
        name = method.removeprefix(REPLAY)
        return f"{'Replay of ' if name != method else ''}{self.known.get(name, {'label': name})['label']}"

    def ordered(self, methods: Iterable[str]) -> list[str]:
        """Known methods in the order of print, then the others by name."""
        order = {name: position for position, name in enumerate(self.known)}
        return sorted(set(methods), key=lambda name: (order.get(name.removeprefix(REPLAY), len(order)), name))

    def of(self, method: str, methods: Iterable[str]) -> dict[str, str]:
        """Colour and marker of a method among the methods of one figure, as keyword arguments of ``plot``."""
        found = {name: self.known.get(name.removeprefix(REPLAY)) for name in self.ordered(methods)}
        pairs = {name: (look["colour"], look["marker"]) for name, look in found.items() if look}
        free = [pair for pair in FREE if pair not in pairs.values()] or FREE
        others = [name for name, look in found.items() if not look]
        colour, marker = pairs.get(method) or free[others.index(method) % len(free)]
        return {"color": colour, "marker": marker}

    def bounds(self) -> set[str]:
        """The upper bounds: all data at once, or a whole network a task."""
        return {name for name, look in self.known.items() if look.get("bound")}


@dataclass(frozen=True)
class Context:
    """The experiment that a figure is of.

    Attributes:
        title: of the experiment; the figure adds its own.
        tasks: the stream, as :meth:`mneme.data.stream.Task.to_dict` gives them.
    """

    tier: str
    experiment: str
    title: str = ""
    tasks: Sequence[Mapping[str, Any]] = ()
    looks: Looks = field(default_factory=Looks)

    def __str__(self) -> str:
        return f"Experiment '{self.experiment}', tier '{self.tier}'"

    @property
    def names(self) -> dict[int, str]:
        """Task index to its name in print."""
        return {int(task["index"]): str(task["name"]).replace("_", " ") for task in self.tasks}


class Drawing(NamedTuple):
    """What a drawing function returns.

    Attributes:
        figure: the picture.
        table: the numbers in it, tidy, nothing more and nothing less.
        caption: a paragraph that makes the picture readable on its own.
        specs: hashes of the specs behind the numbers.
        printed: the texts of a picture that is a table, for LaTeX.
    """

    figure: Figure
    table: pd.DataFrame
    caption: str
    specs: list[str]
    printed: pd.DataFrame | None = None
