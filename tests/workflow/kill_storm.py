"""Jobs and Snakemake itself are killed at random moments; the run then ends in the bytes of an undisturbed one.

    python tests/workflow/kill_storm.py --kills 30 --seed 0

Makes an undisturbed run of every rule first, which takes minutes. Exit status 0: all results are equal.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
import small
from flow import Folder

JOBS = ("workflow/scripts/", "papermill", "ipykernel")
SNAKEMAKE, MACHINE = "Snakemake", "everything"


def storm(folder: Folder, kills: int, seed: int, pause: float = 4.0) -> Counter[str]:
    """Start Snakemake again and again, and kill.

    A third of the kills hits Snakemake, whose jobs live on while it is started again, some hit everything, and the
    others a job.

    Args:
        pause: the longest time between two kills, in seconds.

    Returns:
        How often each kind of victim was killed; fewer than ``kills`` in all if the run was done before.
    """
    choose, killed = random.Random(seed), Counter[str]()
    with open(folder / "storm.log", "w") as log:
        process, victim = folder.start(output=log), SNAKEMAKE
        while killed.total() < kills:
            time.sleep(choose.uniform(0.2, pause) if victim else 0.3)
            if process.poll() is not None:
                if process.returncode == 0:
                    return killed
                process = folder.start(output=log)  # a killed job ends the run, when those beside it are done
                victim = SNAKEMAKE
            elif victim := strike(process, choose):
                killed[victim] += 1
        process.wait()
    return killed


def strike(process: subprocess.Popen, choose: random.Random) -> str:
    """SIGKILL for Snakemake, for everything or for a job; says which.

    While no job runs, which is most of the time after a kill, it mostly waits: ``""``.
    """
    running = jobs(process)
    kind = choose.choices((SNAKEMAKE, MACHINE, "job"), (6, 2, 12))[0]
    if not running and choose.random() < 0.98:
        return ""
    if kind == SNAKEMAKE:
        process.kill()
        process.wait()
    elif kind == MACHINE:
        kill_all(process)
    else:
        if not running:
            return ""
        victim, kind = choose.choice(running)
        try:
            victim.kill()
        except psutil.NoSuchProcess:  # it was quicker
            return ""
    return kind


def jobs(process: subprocess.Popen) -> list[tuple[psutil.Process, str]]:
    """What runs a script, a notebook or its kernel, and the name of that."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        names = [word.rpartition("/")[2] for word in words[1:3] if any(job in word for job in JOBS)]
        if names and "python" in words[0]:
            found.append((child, names[0]))
    return sorted(found, key=lambda job: job[0].pid)


def kill_all(process: subprocess.Popen) -> None:
    """Snakemake, its jobs, and what they started in sessions of their own; orphans of earlier ones live on."""
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    for child in family:
        if child.is_running():
            child.kill()
    process.wait()


def complete(folder: Folder, tries: int = 5) -> int:
    """The same command until it succeeds; says how often that was. A job may meet an orphan that trains its task."""
    for attempt in range(1, tries + 1):
        run = folder.run()
        if run.status == 0:
            return attempt
    raise AssertionError(run.text)


def differences(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """Files that are missing, too many or of other bytes."""
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pause", type=float, default=6.0, help="longest time between two kills, in seconds")
    parser.add_argument("--folder", type=Path, help="where to work; an undisturbed run that is there is taken")
    options = parser.parse_args()
    place = options.folder or Path(tempfile.mkdtemp(prefix="mneme-storm-"))

    stormy = small.every_rule(Folder.from_checkout(place / "storm"))
    undisturbed = Folder(place / "undisturbed")
    if not undisturbed.path.exists():
        undisturbed = stormy.clone(undisturbed.path)
    complete(undisturbed, tries=1)
    begun = time.monotonic()
    killed = storm(stormy, options.kills, options.seed, options.pause)
    attempts = complete(stormy)
    print(f"{killed.total()} kills: {', '.join(f'{count} {name}' for name, count in killed.most_common())}")
    print(f"{time.monotonic() - begun:.0f} s in all; the end took {attempts} starts")
    expected = undisturbed.results()
    if different := differences(stormy.results(), expected):
        sys.exit(f"not the bytes of the undisturbed run: {', '.join(different)}; see {place}")
    print(f"{len(expected)} files, all equal")
    if killed.total() < options.kills:
        sys.exit("the run was done before: give fewer kills")


if __name__ == "__main__":
    main()
