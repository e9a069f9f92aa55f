"""One artefact, four files: the picture twice, its numbers, and where they come from."""

import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from mneme import files
from mneme.figures import style


class Drawing(NamedTuple):
    """What a drawing function returns.

    Attributes:
        figure: the picture.
        table: the numbers in it, tidy, nothing more and nothing less.
        caption: a paragraph that makes the picture readable on its own.
        specs: hashes of the specs behind the numbers.
    """

    figure: Figure
    table: pd.DataFrame
    caption: str
    specs: list[str]


@style.themed
def save_artefact(
    figure: Figure,
    table: pd.DataFrame,
    output: str | Path,
    *,
    data: Iterable[str | Path],
    caption: str,
    specs: Sequence[str] = (),
    notebook: str = "",
    experiment: str = "",
    tier: str = "",
) -> dict:
    """Write ``<output>.png``, ``.pdf``, ``.csv`` and ``.json``; the same content gives the same bytes.

    Args:
        output: a prefix; its last part is the artefact's name.
        data: every file that was read; recorded with its SHA-256.

    Returns:
        The sidecar as written to ``.json``.

    Raises:
        UserError: a file cannot be written.
    """
    output = Path(output)
    for suffix, metadata in ((".png", {"Software": None}), (".pdf", {"CreationDate": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=suffix[1:], dpi=200, metadata=metadata, bbox_inches="tight", pad_inches=0.1)
        _write(_beside(output, suffix), buffer.getvalue())
    _write(_beside(output, ".csv"), table.to_csv(index=False, float_format="%.10g", lineterminator="\n").encode())
    paths = sorted({os.path.relpath(path) if Path(path).is_absolute() else str(path) for path in data})
    sidecar = {
        "artefact": output.name,
        "notebook": notebook,
        "experiment": experiment,
        "tier": tier,
        "data": [{"path": path, "sha256": files.sha256(Path(path))} for path in paths],
        "specs": sorted(specs),
        "caption": caption,
    }
    files.write_json(_beside(output, ".json"), sidecar)
    return sidecar


def show(output: str | Path, caption: str) -> None:
    """Display the saved picture, with its caption, in the executed notebook."""
    from IPython.display import Image, Markdown, display

    display(Image(filename=str(_beside(Path(output), ".png"))), Markdown(caption))


def _beside(output: Path, suffix: str) -> Path:
    return output.with_name(output.name + suffix)  # not with_suffix: an artefact's name may hold a dot


def _write(path: Path, content: bytes) -> None:
    with files.atomic(path) as file:
        file.write(content)
