"""Which job made a file: written beside every result, asked before a result is used.

A file ``<job>.lineage.json`` holds the job's spec (with the hash of its code and of all jobs whose files it read), the
hash of that spec, and the SHA-256 of each file that the job wrote. So results can be copied without Snakemake's
records, and a file that was edited, damaged or made from something else is refused.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from mneme import files
from mneme.errors import UserError
from mneme.spec import spec_hash

SUFFIX = ".lineage.json"
WHOLE = 1 << 28  # bytes; of larger archives the checksums that stand in them are read, not all bytes


def write(path: Path, spec: dict[str, Any], outputs: Iterable[Path], varying: Iterable[Path] = ()) -> None:
    """Write the lineage of a job's outputs, which lie in the folder of ``path``.

    Args:
        varying: outputs that are not the same in every run; no digest of them is kept.

    Raises:
        UserError: it cannot be written.
    """
    made = {path.name: None for path in varying} | {output.name: digest(output) for output in outputs}
    files.write_json(path, {"hash": spec_hash(spec), "spec": spec, "outputs": made})


def check(path: Path, expected: str) -> None:
    """Refuse a file that another job made, or that is not as its job left it.

    Args:
        path: a result, or a user's own file.
        expected: hash of the job that makes it; of a user's own file its checksum, ``sha256:`` and hex digits.

    Raises:
        UserError: the file is of another job, was changed since, or says nothing of where it comes from.
    """
    if expected.startswith("sha256:"):
        if path.is_file() and not f"sha256:{files.sha256(path)}".startswith(expected):
            raise UserError(f"{path}: has sha256:{files.sha256(path)}, but {expected} is asked for; correct the file")
        return
    made = next((made for made in records(path.parent) if path.name in made["outputs"]), None)
    if made is None:
        raise UserError(f"{path}: nothing says which job made it; delete it and run snakemake again")
    if made["hash"] != expected:
        raise UserError(
            f"{path}: made from spec {made['hash']}, but this job needs spec {expected}; run snakemake again to make it"
        )
    if made["outputs"][path.name] not in (None, digest(path)):
        raise UserError(f"{path}: not as its job left it: edited or damaged; delete it and run snakemake again")


@cache
def records(folder: Path) -> list[dict[str, Any]]:
    """What the jobs that wrote into a folder said of it; a damaged record says nothing."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(record, dict) and isinstance(record.get("outputs"), dict) and "hash" in record:
            found.append(record)
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes; of a large archive, of the checksums that stand in it.

    Raises:
        UserError: it is not there.
    """
    try:
        return files.fingerprint(path) if path.stat().st_size > WHOLE else files.sha256(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); run snakemake again to make it") from error
