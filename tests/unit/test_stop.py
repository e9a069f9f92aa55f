"""Ctrl-C and SIGTERM while scripts load, read, fetch and draw: one sentence, and nothing half made."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

SCRIPTS = Path(__file__).parents[2] / "workflow" / "scripts"
EITHER = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
SAID = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


def start(script: str, *options: object, python: tuple[str, ...] = ()) -> subprocess.Popen:
    """A script as Snakemake starts it; Ctrl-C is heard, as at a terminal."""
    return subprocess.Popen(
        [sys.executable, *python, SCRIPTS / script, *map(str, options)],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for(condition: Callable[[], object], process: subprocess.Popen) -> None:
    limit = time.monotonic() + 60
    while not condition():
        assert process.poll() is None and time.monotonic() < limit, process.communicate()[1]
        time.sleep(0.01)


def assert_stops(process: subprocess.Popen, number: signal.Signals) -> None:
    process.send_signal(number)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 128 + number, said
    sentence = f"stopped by {SAID[number]}; run the same command to go on"
    assert said.splitlines().count(sentence) == 1 and "Traceback" not in said and "Error" not in said, said


@EITHER
def test_while_it_loads(number):
    process = start("claims.py", python=("-X", "importtime"))
    for line in process.stderr:
        if line.endswith(" mneme.stop\n"):
            break
    assert_stops(process, number)


@EITHER
def test_while_it_reads(number, tmp_path):
    """A table of measurements that never come."""
    rows, made = tmp_path / "rows.json", tmp_path / "made"
    os.mkfifo(rows)
    words = [f"{table}-{kind}" for table in ("quality", "summary", "curve") for kind in ("csv", "parquet")]
    options = [word for name in words for word in (f"--{name}", made / name)]
    spec = json.dumps({"job": "table", "tier": "smoke", "experiment": "e"})
    process = start("table.py", "--spec", spec, "--lineage", made / "lineage.json", "--evaluations", rows, *options)
    writer: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # nobody reads it yet
            writer.append(os.open(rows, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writer)

    wait_for(is_read, process)
    assert_stops(process, number)
    os.close(writer[0])
    assert not made.exists()


@pytest.fixture
def endless() -> Iterator[str]:
    """The address of a file of which a first part comes."""
    over = threading.Event()

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(1 << 24))
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(bytes(3 << 20))
                over.wait(60)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    over.set()
    server.shutdown()


@EITHER
def test_while_it_fetches(number, tmp_path, endless):
    spec = json.dumps({"job": "download", "path": "x.zip", "checksum": f"md5:{0:032}", "checksum_of": "bytes"})
    options = ["--mirror", endless, "--dataset", "toy", "--role", "all", "--output", tmp_path / "x.zip"]
    process = start("download.py", "--spec", spec, "--lineage", tmp_path / "x.lineage.json", *options)
    wait_for(lambda: [path for path in tmp_path.iterdir() if path.stat().st_size >= 1 << 20], process)
    assert_stops(process, number)
    assert not [*tmp_path.iterdir()]


@EITHER
def test_while_it_draws(number, tmp_path):
    """A notebook that never ends; its kernel ends with the script."""
    cells = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "output = src = ''"}]
    endless = "open(output + '.begun', 'w')\nimport time\ntime.sleep(60)"
    cells += [{"cell_type": "code", "metadata": {}, "source": endless}]
    cells = [{**cell, "id": str(place), "outputs": [], "execution_count": None} for place, cell in enumerate(cells)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "endless.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    made = tmp_path / "made"
    made.mkdir()
    options = ["--template", tmp_path / "endless.ipynb", "--log-notebook", tmp_path / "log.ipynb"]
    for word in ("png", "pdf", "csv", "tex", "sidecar", "notebook"):
        options += [f"--{word}", made / f"it.{word}"]
    spec = json.dumps({"job": "figure", "values": {}, "named": ["output", "src"]})
    process = start("figure.py", "--spec", spec, "--lineage", made / "it.lineage.json", *options)
    wait_for((made / "it.begun").exists, process)
    kernels = psutil.Process(process.pid).children()
    assert_stops(process, number)
    assert kernels and not psutil.wait_procs(kernels, timeout=10)[1]
    assert [path.name for path in made.iterdir()] == ["it.begun"]
