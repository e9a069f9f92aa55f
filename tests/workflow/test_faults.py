"""What machines do to a run: nothing wrong looks finished, one sentence says what it was, the same command goes on."""

import os
import random
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from flow import Folder, Run, wait_for
from kill_storm import differences, jobs
from small import ARCHIVE

CHAIN = "results/smoke/small/finetune/seed0"
LOGS = "logs/smoke/small/finetune/seed0"
TABLES, FIGURES = "results/smoke/tables/short", "results/smoke/figures/short"
TASK = {"train finetune/0/2"}
KEEP = ".keep"
MEASURED = {"evaluate finetune/0/2", "table", "sizes", "figure_heatmaps"}


def remove(folder: Folder, *patterns: str) -> None:
    """Remove results, and table and figure with them: Snakemake misses nothing of which all that follows is there."""
    for path in (path for pattern in (*patterns, f"{TABLES}/*", f"{FIGURES}/*") for path in folder.path.glob(pattern)):
        if path.is_file():
            path.unlink()


def assert_fails(run: Run, sentence: str) -> None:
    """It says so once in the job's log and once in the table at the end, and shows no traceback."""
    assert run.status != 0, run.text
    log, _, told = run.text.partition(" failed job")
    assert sentence in log and f"likely cause: {sentence.removeprefix('error: ')}" in told, run.text
    assert "Traceback" not in run.text


def assert_completes(folder: Folder, undisturbed: dict[str, str]) -> Run:
    run = folder.run()
    assert run.status == 0, run.text
    assert not differences(folder.results(), undisturbed)
    return run


# ---- disks -----------------------------------------------------------------------------------------------------------


@contextmanager
def disk(path: Path, options: str) -> Iterator[None]:
    """A file system of its own in place of a folder, which is empty then."""
    path.mkdir(parents=True, exist_ok=True)
    made = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no mount here: {made.stderr.strip()}")
    try:
        (path / KEEP).touch()  # Snakemake would remove an empty folder, which a mount does not allow
        remount(path, options)
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def remount(path: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", path], check=True)


def enlarge(path: Path) -> None:
    """Space for everything."""
    remount(path, "size=100m")
    (path / KEEP).unlink()


@pytest.mark.parametrize("place", [f"{CHAIN}/task2", TABLES])
def test_a_full_disk(short: Folder, place: str):
    undisturbed = short.results()
    remove(short, f"{place}/*")
    with disk(short / place, "size=8k"):
        run = short.run()
        assert_fails(run, f"error: {place}")
        assert "cannot be written (No space left on device); free space" in run.text
        assert not [name for name in short.hashes(f"{place}/*") if not Path(name).name.startswith(".")]
        enlarge(short / place)
        assert_completes(short, undisturbed)


def test_a_figure_on_a_full_disk(short: Folder):
    """Notebook and figure are written by papermill and matplotlib."""
    undisturbed = short.results()
    remove(short)
    with disk(short / FIGURES, "size=8k"):
        run = short.run()
        assert run.status != 0 and "likely cause: the disk is full" in run.text, run.text
        assert [path.name for path in (short / FIGURES).iterdir()] == [KEEP]
        enlarge(short / FIGURES)
        assert_completes(short, undisturbed)


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """As a file system that the kernel has switched to read-only, or a mount of somebody else's."""
    if subprocess.run(["mount", "--bind", path, path], capture_output=True).returncode:
        pytest.skip("no mount here")
    try:
        remount(path, "bind,ro")
        yield
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def test_results_that_are_read_only(short: Folder):
    undisturbed = short.results()
    remove(short, f"{CHAIN}/task2/*")
    with read_only(short / "results"):
        run = short.run()
    assert run.status != 0 and not run.jobs and "Traceback" not in run.text, run.text
    sentence = "error: results/smoke: cannot be written to; fix its permissions, or mount it for writing"
    assert [line for line in run.text.splitlines() if "writ" in line] == [sentence], run.text
    assert_completes(short, undisturbed)


def test_read_only_results_can_be_shown(short: Folder):
    """What runs no job is not refused, and dates no file; nor is a run that has nothing to do."""
    with read_only(short / "results"):
        for command in ("--report report.html", "--summary", "--list-rules", "--lint", "--dag", "--dry-run", ""):
            run = short.fork(*command.split())
            assert run.status == 0 and not run.jobs, run.text
    assert (short / "report.html").stat().st_size > 10_000


# ---- jobs that die ---------------------------------------------------------------------------------------------------


def starve(job: psutil.Process) -> None:
    """From now on the kernel gives this process no more memory."""
    job.rlimit(psutil.RLIMIT_AS, (1 << 20, 1 << 20))


kill = psutil.Process.kill
LOST: dict[str, tuple[str, str, int, str, Callable[[psutil.Process], None], str]] = {
    # what is removed, whose log has how many lines, what runs then, what befalls it, what is said of it
    "memory": (f"{CHAIN}/task2/*", f"{LOGS}/task2.log", 3, "train.py", starve, "out of memory|crashed"),
    "training": (f"{CHAIN}/task2/*", f"{LOGS}/task2.log", 3, "train.py", kill, "killed"),
    "evaluation": (f"{CHAIN}/task2/e*", f"{LOGS}/task2.evaluation.log", 1, "evaluate.py", kill, "killed"),
    "notebook": (f"{FIGURES}/*.png", "logs/smoke/figures/short/heatmaps.log", 3, "figure.py", kill, "killed"),
}


@pytest.mark.parametrize("name", LOST)
def test_a_job_that_is_lost(short: Folder, name: str):
    removed, log, lines, command, befall, cause = LOST[name]
    undisturbed = short.results()
    remove(short, removed)
    (short / log).unlink()
    process = short.start()
    wait_for(lambda: (short / log).exists() and len((short / log).read_text().splitlines()) >= lines, process)
    befall(next(job for job, kind in jobs(process) if kind == command))
    text, _ = process.communicate(timeout=120)
    assert process.returncode == 1, text
    assert re.search(f"likely cause: ({cause})", text) and str(log) in text, text
    assert not [path for path in short.path.glob(removed) if path.is_file() and ".resume" not in str(path)]
    again = assert_completes(short, undisturbed)
    assert bool(again.jobs & TASK) == (command == "train.py")


# ---- two at once -----------------------------------------------------------------------------------------------------


def train_task_2(folder: Folder) -> tuple[subprocess.Popen, psutil.Process]:
    """Snakemake, and its job that trains task 2, which stands still until it is resumed."""
    log = folder / f"{LOGS}/task2.log"
    remove(folder, f"{CHAIN}/task2/*")
    log.unlink()
    process = folder.start()
    wait_for(lambda: log.exists() and len(log.read_text().splitlines()) >= 3, process)
    (job,) = (job for job, kind in jobs(process) if kind == "train.py")
    job.suspend()
    return process, job


def test_two_snakemakes_at_once(short: Folder):
    undisturbed = short.results()
    process, job = train_task_2(short)
    second = short.fork()
    job.resume()
    assert second.status != 0 and not second.jobs and "Traceback" not in second.text
    assert f"process {process.pid} on {socket.gethostname()} runs here; wait for it" in second.text
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text
    assert not differences(short.results(), undisturbed)


def test_a_job_that_outlives_snakemake(short: Folder):
    undisturbed = short.results()
    process, job = train_task_2(short)
    process.kill()
    process.wait()  # its output stays open: the job has it
    run = short.run()
    assert (
        run.status != 0
        and f"task2: process {job.pid} on {socket.gethostname()} trains this task still; wait for it" in run.text
    )
    assert not (short / f"{CHAIN}/task2/checkpoint.pt").exists()
    job.resume()
    psutil.wait_procs([job], timeout=120)
    assert_completes(short, undisturbed)


# ---- downloads -------------------------------------------------------------------------------------------------------


class Mirror(BaseHTTPRequestHandler):
    """Serves half of the archive as if it were all of it."""

    archive = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.archive)))
        self.end_headers()
        self.wfile.write(self.archive[: len(self.archive) // 2])

    def log_message(self, *_: object) -> None:
        pass


def test_a_download_that_stops_half_way(short: Folder):
    undisturbed = short.results()
    downloaded = short / f"data/downloads/{ARCHIVE}"
    Mirror.archive = (short / f"mirror/{ARCHIVE}").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    remove(short, "data/downloads/**/*", "data/prepared/shapes*")
    short.configure(lambda config: config.update(mirror=f"http://127.0.0.1:{server.server_port}"))
    run = short.run("data/prepared/shapes-8px.pt")
    server.shutdown()
    half = f"the transfer broke off after {len(Mirror.archive) // 2} of {len(Mirror.archive)} bytes"
    assert run.status != 0 and half in run.text and "Traceback" not in run.text
    assert not short.hashes("data/downloads/**/*")
    # What a kill at that moment leaves.
    downloaded.parent.mkdir(parents=True, exist_ok=True)
    downloaded.with_name(f".{downloaded.name}.4194305.partial").write_bytes(Mirror.archive[:1000])
    short.configure(lambda config: config.update(mirror="mirror"))
    assert short.run("data/prepared/shapes-8px.pt").status == 0
    assert assert_completes(short, undisturbed).jobs == {"table", "sizes", "figure_heatmaps"}


# ---- clocks ----------------------------------------------------------------------------------------------------------


def test_a_clock_that_jumped(short: Folder):
    """All files are of 1990 to 2050, in no order: content decides, in what is planned and in what is made then."""
    undisturbed, choose = short.results(), random.Random(0)
    for path in sorted(short.path.rglob("*")):
        if path.is_file() and ".snakemake" not in path.parts:
            moment = choose.uniform(631152000, 2524608000)
            os.utime(path, (moment, moment))
    assert short.plan() == set()
    remove(short, f"{CHAIN}/task2/*")
    run = assert_completes(short, undisturbed)
    assert run.jobs == TASK | MEASURED
    assert short.plan() == set()


def test_a_copy_with_new_time_stamps(short: Folder, tmp_path: Path):
    shutil.copytree(short.path, tmp_path / "copy", copy_function=shutil.copyfile)
    time.sleep(0.01)
    copy = Folder(tmp_path / "copy")
    copy.touch("data/prepared/*")
    assert copy.plan() == set()
    shutil.rmtree(copy.path)
