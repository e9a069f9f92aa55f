"""One artefact, five files: the picture twice, its numbers twice, and where they come from."""

import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mneme import files
from mneme.evaluation.columns import COLUMNS
from mneme.figures.kit import scores, style
from mneme.figures.kit.drawing import Context, Drawing, Looks

LATEX = {
    "↓": "$\\downarrow$",
    "↑": "$\\uparrow$",
    "±": "$\\pm$",
    "\u2212": "$-$",
    "\u2013": "--",
    "\u00d7": "$\\times$",
    "³": "$^3$",
}


@style.themed
def show(
    draw: Callable[..., Drawing],
    output: str | Path,
    *,
    tier: str,
    experiment: str,
    title: str,
    tasks: Sequence[Mapping[str, Any]] = (),
    methods: Mapping[str, Mapping[str, Any]] = {},
    **data: Any,
) -> Drawing:
    """Draw an artefact, save it and display it: all that a notebook does.

    Args:
        draw: takes a :class:`~mneme.figures.kit.drawing.Context` and ``data``.
        output: prefix of the files to write; its last part is the artefact's name.
        methods: how they look.
        data: files, or mappings that lead to them, and lists of other values; files called like a table of scores are
            read first.
    """
    context = Context(tier, experiment, title, tasks, Looks(methods))
    read = {name: scores.read(value, name) if name in COLUMNS else value for name, value in data.items()}
    drawing = draw(context, **read)
    sources = [path for value in data.values() for path in _paths(value)]
    save_artefact(drawing, output, data=sources, experiment=experiment, tier=tier)
    from IPython.display import Image, Markdown, display

    display(Image(filename=str(_beside(Path(output), ".png"))), Markdown(drawing.caption), drawing.table)
    return drawing


@style.themed
def save_artefact(
    drawing: Drawing, output: str | Path, *, data: Iterable[str | Path], experiment: str = "", tier: str = ""
) -> dict[str, Any]:
    """Write ``<output>.png``, ``.pdf``, ``.csv``, ``.tex`` and ``.json``; the same content gives the same bytes.

    Args:
        data: every file that was read; recorded with its SHA-256.

    Returns:
        The sidecar as written to ``.json``.

    Raises:
        UserError: a file cannot be written.
    """
    output = Path(output)
    for suffix, metadata in ((".png", {"Software": None}), (".pdf", {"CreationDate": None})):
        buffer = io.BytesIO()
        looks = {"bbox_inches": "tight", "pad_inches": 0.1}
        drawing.figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=metadata, **looks)
        _write(output, suffix, buffer.getvalue())
    _write(output, ".csv", drawing.table.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode("utf-8"))
    _write(output, ".tex", latex(drawing.table if drawing.printed is None else drawing.printed).encode("utf-8"))
    paths = sorted({os.path.relpath(path) if Path(path).is_absolute() else str(path) for path in data})
    sidecar = {
        "artefact": output.name,
        "notebook": f"notebooks/{output.name}.ipynb",
        "experiment": experiment,
        "tier": tier,
        "data": [{"path": path, "sha256": files.sha256(Path(path))} for path in paths],
        "specs": sorted(drawing.specs),
        "caption": drawing.caption,
    }
    files.write_json(_beside(output, ".json"), sidecar)
    return sidecar


def latex(table: pd.DataFrame) -> str:
    """A table for the package booktabs."""
    shown = table.style.hide(axis="index").format(escape="latex", na_rep="", precision=4)
    text = shown.format_index(escape="latex", axis=1).to_latex(hrules=True, multicol_align="c")
    return "".join(LATEX.get(letter, letter) for letter in text)


def _paths(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [path for one in value.values() for path in _paths(one)]
    return [] if isinstance(value, Sequence) and not isinstance(value, str) else [value]


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)  # not with_suffix: an artefact's name may hold a dot


def _write(output: Path, suffix: str, content: bytes) -> None:
    with files.atomic(_beside(output, suffix)) as file:
        file.write(content)
