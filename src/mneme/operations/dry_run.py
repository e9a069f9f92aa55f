"""The jobs that Snakemake would run, read from its dry run."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mneme.errors import UserError
from mneme.files import read_json
from mneme.operations.start import MERGED

# Jobs that share a submission stand deeper, below the name of their group.
BLOCK = re.compile(r"^( *)(?:local)?rule (\w+):\n((?:\1 {4}.*\n)+)(?:Shell command:(.*\n(?: {8}.*\n)*))?", re.MULTILINE)
MARK = re.compile(r"/mneme-\w+/changed/(\w+)")
TRAINING = ("base", "train")  # rules


@dataclass(frozen=True)
class Job:
    rule: str
    outputs: tuple[str, ...]
    reason: str
    gpu: bool
    command: str = ""  # where the dry run printed it
    inputs: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.command)) if "--spec" in self.command else ()

    def option(self, name: str) -> str | None:
        """What follows an option in the command."""
        return self.words[self.words.index(name) + 1] if name in self.words else None

    @property
    def mark(self) -> str | None:
        """What of it differs from the result that is there (``mneme.plan.changed``)."""
        return found[1] if (found := MARK.search(self.reason)) else None

    @cached_property
    def spec(self) -> dict[str, Any] | None:
        return json.loads(text) if (text := self.option("--spec")) else None


def jobs(text: str) -> list[Job]:
    """The jobs of a dry run's output (``--printshellcmds`` for the specs)."""
    found = []
    for _, rule, body, command in BLOCK.findall(text):
        fields = dict(re.findall(r"^ +(\w+): (.*)$", body, re.MULTILINE))
        if "output" in fields:
            gpu = bool(re.search(r"\bgpu=[1-9]", fields.get("resources", "")))
            outputs, inputs, logs = (
                tuple(filter(None, fields.get(k, "").split(", "))) for k in ("output", "input", "log")
            )
            found.append(Job(rule, outputs, fields.get("reason", ""), gpu, command.strip(), inputs, logs))
    return found


def dry_run(words: Sequence[str], root: Path) -> tuple[list[Job], dict[str, Any]]:
    """The jobs that Snakemake would run with these arguments, and the config that they merge to."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(root / "Snakefile"), *words]
    command += ["--dry-run", "--printshellcmds"]
    with TemporaryDirectory() as folder:
        merged = Path(folder) / "config.json"
        environment = os.environ | {MERGED: str(merged)}
        found = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8")
        text = found.stdout + found.stderr
        if found.returncode:
            refusal = re.search(r"^\w+ in file .*:\n(.*?)^  File ", text, re.MULTILINE | re.DOTALL)
            raise UserError(refusal[1].rstrip() if refusal else "\n".join(filter(None, text.splitlines()[-5:])))
        return jobs(text), read_json(merged)
