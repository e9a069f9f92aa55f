"""A copy of the workflow in a folder of its own, and Snakemake run there as a user runs it."""

import hashlib
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

CHECKOUT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "config", "envs", "notebooks", "profiles", "src", "workflow")
CONFIG = "small.yaml"
BLOCK = re.compile(r"^(?:local)?rule (\w+):\n((?: {4}.*\n)+)", re.MULTILINE)
TIMES = (
    r"\.ipynb$",
    r"/manifest\.json$",
    r"/timing\.json$",
    r"/storage\.json$",
    r"/index\.html$",
)  # files that no two runs have in common
SAME_EVERYWHERE = {"experiment", "stream", "source", "name", "size", "extractor"}  # wildcards left out of a job's name

# What runs no job is forked from a process that has Snakemake loaded: a second less each, and nothing is shared.
forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(["snakemake.cli", "pydantic", "yaml", "pytest", "torch", "scipy.io", "torch_fidelity"])


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
        return {name for name in names if name != "all" and not name.startswith("index ")}  # the page follows all else


class Folder:
    """A folder with Snakefile, sources and config, and whatever was made there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @classmethod
    def from_checkout(cls, path: Path) -> "Folder":
        """The workflow as it stands in the checkout, and nothing that was made there."""
        path.mkdir(parents=True)
        for name in PARTS:
            source = CHECKOUT / name
            if source.is_dir():
                shutil.copytree(source, path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
            else:
                shutil.copy2(source, path / name)
        return cls(path)

    def clone(self, path: Path) -> "Folder":
        """A copy with all time stamps, Snakemake's memory of what was made included."""
        shutil.copytree(self.path, path, symlinks=True)
        return Folder(path)

    # ---- commands ------------------------------------------------------------------------------------------------

    def start(
        self,
        *arguments: str,
        largest_file: int | None = None,
        output: int | IO[str] = subprocess.PIPE,
        **environment: str,
    ) -> subprocess.Popen:
        """Snakemake with the folder's config, as the leader of a process group of its own."""

        def prepare() -> None:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests themselves run in the background
            if largest_file:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        return subprocess.Popen(
            [sys.executable, "-m", "snakemake", *arguments, "--cores", "2", "--configfile", CONFIG],
            cwd=self.path,
            env={**os.environ, **environment},
            start_new_session=True,
            preexec_fn=prepare,
            stdout=output,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def run(self, *arguments: str, **options: Any) -> Run:
        """Run it to its end."""
        process = self.start(*arguments, **options)
        try:
            text, _ = process.communicate(timeout=600)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return Run(process.returncode, text)

    def fork(self, *arguments: str) -> Run:
        """Snakemake for what runs no job: planning, refusing, unlocking."""
        output = self.path.with_name(f"{self.path.name}.output.txt")
        words = [*arguments, "--cores", "2", "--configfile", CONFIG]
        process = forks.Process(target=_snakemake, args=(self.path, words, output))
        process.start()
        process.join(300)
        process.kill()  # if it has not ended by then
        process.join()
        return Run(process.exitcode, output.read_text(encoding="utf-8"))

    def plan(self, *arguments: str) -> set[str]:
        """The jobs that a run would do now."""
        run = self.fork(*arguments, "--dry-run")
        assert run.status == 0, run.text
        return run.jobs

    # ---- edits ---------------------------------------------------------------------------------------------------

    def append(self, name: str, text: str) -> None:
        with open(self / name, "a", encoding="utf-8") as file:
            file.write(text)

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self / name).read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        (self / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    def touch(self, pattern: str) -> None:
        """New time stamps for existing files."""
        found = [path for path in self.path.glob(pattern) if path.is_file()]
        assert found, f"no {pattern}"
        for path in found:
            path.touch()

    def configure(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Edit the config file."""
        config = yaml.safe_load((self / CONFIG).read_text(encoding="utf-8"))
        change(config)
        (self / CONFIG).write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")

    # ---- what is there -------------------------------------------------------------------------------------------

    def results(self) -> dict[str, str]:
        """Relative name -> SHA-256 of all that a run is for, what a kill may leave beside it included.

        Left out is what holds times: executed notebooks, the manifest, and the timing of training.
        """
        return self.lasting("results/**/*", "data/**/*")

    def lasting(self, *patterns: str) -> dict[str, str]:
        """The same of the files that match some patterns."""
        found = self.hashes(*patterns)
        return {name: value for name, value in found.items() if not any(re.search(pattern, name) for pattern in TIMES)}

    def hashes(self, *patterns: str) -> dict[str, str]:
        """Relative name -> SHA-256 of all files that match."""
        files = {path for pattern in patterns for path in self.path.glob(pattern) if path.is_file()}
        return {
            str(path.relative_to(self.path)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)
        }


def _snakemake(folder: Path, arguments: list[str], output: Path) -> None:
    """Snakemake's command line in a forked process."""
    os.chdir(folder)
    with open(output, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    from snakemake.cli import main

    main(arguments)


def wait_for(condition: Callable[[], Any], process: subprocess.Popen, seconds: float = 120) -> Any:
    """The first true value of ``condition``, asked every few milliseconds while ``process`` runs."""
    limit = time.monotonic() + seconds
    while not (value := condition()):
        assert process.poll() is None, f"it ended before: {process.communicate()[0]}"
        if time.monotonic() > limit:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"it never happened: {process.communicate()[0]}")
        time.sleep(0.003)
    return value
