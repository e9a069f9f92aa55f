"""A copy of the workflow in a folder of its own, and Snakemake run there as a user runs it."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]
CONFIG = "small.yaml"
BLOCK = re.compile(r"^(?:local)?rule (\w+):\n((?: {4}.*\n)+)", re.MULTILINE)
SAME_EVERYWHERE = {"experiment", "stream", "source", "name", "size", "extractor"}  # wildcards left out of a job's name


@dataclass(frozen=True)
class Run:
    """What came of a command: its exit status and everything it printed."""

    status: int
    text: str

    @property
    def jobs(self) -> set[str]:
        """The jobs that Snakemake announced: ``"train finetune/0/1"`` is task 1 of fine-tuning, seed 0."""
        names = set()
        for rule, lines in BLOCK.findall(self.text):
            wildcards = re.search(r"^    wildcards: (.*)$", lines, re.MULTILINE)
            pairs = [pair.split("=", 1) for pair in wildcards[1].split(", ")] if wildcards else []
            values = [value for name, value in pairs if name not in SAME_EVERYWHERE]
            names.add(f"{rule} {'/'.join(values)}".rstrip())
        return names - {"all"}


class Folder:
    """A folder with Snakefile, sources and config, and whatever was made there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @classmethod
    def from_checkout(cls, path: Path) -> "Folder":
        """Tracked and untracked files of the checkout; nothing that was made there."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=CHECKOUT, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (CHECKOUT / name).is_file():  # not deleted since it was added
                (path / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, path / name)
        return cls(path)

    def clone(self, path: Path) -> "Folder":
        """A copy with all time stamps, Snakemake's memory of what was made included."""
        shutil.copytree(self.path, path, symlinks=True)
        return Folder(path)

    # ---- commands ------------------------------------------------------------------------------------------------

    def start(self, *arguments: str, config: dict[str, Any] | None = None, **environment: str) -> subprocess.Popen:
        """Snakemake as the leader of a process group of its own."""
        words = [f"{key}={yaml.safe_dump(value, default_flow_style=True).splitlines()[0]}" for key, value in (config or {}).items()]
        command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "2", "--configfile", CONFIG]
        return subprocess.Popen(
            [*command, *(["--config", *words] if words else [])],
            cwd=self.path, env={**os.environ, **environment}, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def snakemake(self, *arguments: str, timeout: float = 300, **options: Any) -> Run:
        """Run it to its end."""
        process = self.start(*arguments, **options)
        try:
            text, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Run(process.returncode, text)

    def plan(self, *arguments: str, **options: Any) -> set[str]:
        """The jobs that a run would do now."""
        run = self.snakemake("--dry-run", *arguments, **options)
        assert run.status == 0, run.text
        return run.jobs

    # ---- edits ---------------------------------------------------------------------------------------------------

    def append(self, name: str, text: str) -> None:
        with open(self / name, "a") as file:
            file.write(text)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self / name).read_text()
        assert old in text, f"{name} does not hold {old!r}"
        (self / name).write_text(text.replace(old, new, 1))

    def touch(self, pattern: str) -> None:
        """New time stamps for existing files."""
        found = [path for path in self.path.glob(pattern) if path.is_file()]
        assert found, f"no {pattern}"
        for path in found:
            path.touch()

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the config file."""
        config = yaml.safe_load((self / CONFIG).read_text())
        change(config)
        (self / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False))

    # ---- what is there -------------------------------------------------------------------------------------------

    def hashes(self, *patterns: str) -> dict[str, str]:
        """Relative name -> SHA-256 of all files that match."""
        files = {path for pattern in patterns for path in self.path.glob(pattern) if path.is_file()}
        return {
            str(path.relative_to(self.path)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)
        }


def wait_for(condition: Callable[[], Any], process: subprocess.Popen, seconds: float = 120) -> Any:
    """The first true value of ``condition``, asked every few milliseconds while ``process`` runs."""
    limit = time.monotonic() + seconds
    while not (value := condition()):
        assert process.poll() is None, f"it ended before: {process.communicate()[0]}"
        assert time.monotonic() < limit, "it never happened"
        time.sleep(0.003)
    return value
