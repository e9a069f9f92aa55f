"""One job, one spec: a JSON object with everything that defines the job's result.

The spec is what Snakemake compares to decide on a rerun, and its hash names the result: it stands in
the checkpoint, in the resume state and in every row of the tables. A spec holds the hashes of the
specs it builds on, so one hash fixes the whole lineage.
"""

import hashlib
import json
from typing import Any


def dumps(spec: dict[str, Any]) -> str:
    """The canonical text of a spec: sorted keys, no spaces."""
    return json.dumps(spec, sort_keys=True, separators=(",", ":"), allow_nan=False)


def spec_hash(spec: dict[str, Any]) -> str:
    """Sixteen hex digits that name a spec."""
    return hash_of_text(dumps(spec))


def hash_of_text(text: str) -> str:
    """The same of a spec's canonical text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def class_name(module: str) -> str:
    """The one class that the module of a method is for: ``...gan_memory`` is ``GanMemory``."""
    return "".join(word.title() for word in module.rpartition(".")[2].split("_"))


def derive_seed(*parts: object) -> int:
    """A 63-bit seed from the words that name a use, e.g. ``derive_seed(0, "digits", "z")``.

    It depends on nothing that ran before, so a job run alone draws what it draws in a full run.
    """
    return seed_of("\x1f".join(str(part) for part in parts).encode())


def seed_of(data: bytes) -> int:
    """A 63-bit seed that equal bytes share and others do not."""
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big") >> 1
