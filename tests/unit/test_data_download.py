"""Downloads from folders and from a server on this machine, well and badly behaved."""

import gzip
import hashlib
import json
import resource
import subprocess
import sys
import tracemalloc
import zlib
from collections import Counter
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from mneme.data.checksum import Checksum
from mneme.data.download import download as patient_download
from mneme.data.download import locations
from mneme.errors import UserError

CONTENT = bytes(range(256)) * 40
PACKED = gzip.compress(CONTENT, mtime=1)
SCRIPT = Path(__file__).resolve().parents[2] / "workflow" / "scripts" / "download.py"
SILENT = "http://127.0.0.1:9/"  # the discard port: nobody answers

download = partial(patient_download, pause=0.01, timeout=2)


def spec(*mirrors: str, **options) -> dict:
    checksum = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    plain = {"job": "download", "dataset": "toy", "role": "all", "path": "toy/data.gz", "checksum": checksum}
    return plain | {"checksum_of": "content", "bytes": None, "mirrors": list(mirrors), "licence": "MIT"} | options


class Handler(BaseHTTPRequestHandler):
    """/good/ serves; /busy/ is busy twice, then serves; /short/ breaks off; /page/ is a web page; others are 404."""

    def do_GET(self):
        self.server.asked[self.path] += 1
        kind = self.path.split("/")[1]
        body = {"good": PACKED, "busy": PACKED, "short": PACKED[:99], "page": b"<html>moved</html>"}.get(kind)
        status = 404 if body is None else 503 if kind == "busy" and self.server.asked[self.path] < 3 else 200
        self.send_response(status)
        self.send_header("Content-Length", len(PACKED) if kind == "short" else len(body or b""))
        self.end_headers()
        self.wfile.write((body or b"") if status == 200 else b"")

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.asked = Counter()
        running.url = f"http://127.0.0.1:{running.server_address[1]}"
        Thread(target=running.serve_forever, args=[0.01], daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mirror" / "toy" / "data.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(PACKED)
    return tmp_path / "mirror"


def refusal(tmp_path, job, mirror="") -> str:
    """The error's sentence; nothing may be left behind."""
    output = tmp_path / "downloads" / "data.gz"
    with pytest.raises(UserError) as error:
        download(job, mirror, output)
    assert "\n" not in str(error.value)
    assert not list(output.parent.glob("*")) and not list(output.parent.glob(".*"))
    return str(error.value)


def test_the_users_folder_comes_first(server, folder, tmp_path):
    fetched = download(spec(f"{server.url}/good/"), str(folder), tmp_path / "out" / "data.gz")
    assert fetched == (f"{folder}/toy/data.gz", len(PACKED), {})
    assert (tmp_path / "out" / "data.gz").read_bytes() == PACKED
    assert not server.asked


def test_the_users_url_prefix_comes_first(server, tmp_path):
    fetched = download(spec(f"{server.url}/other/"), f"{server.url}/good", tmp_path / "data.gz")
    assert fetched.source == f"{server.url}/good/toy/data.gz"


def test_mirrors_are_prefixes_or_files(server, tmp_path):
    assert download(spec(f"{server.url}/good/"), "", tmp_path / "a").source == f"{server.url}/good/data.gz"
    assert download(spec(f"{server.url}/good/any"), "", tmp_path / "a").source == f"{server.url}/good/any"


def test_locations_in_order():
    job = spec("https://one/", "https://two/x?file=7", "https://one/", path="toy/a b.gz")
    assert locations(job, "/here/") == ["/here/toy/a b.gz", "https://one/a%20b.gz", "https://two/x?file=7"]
    assert locations(job, "http://near/all")[0] == "http://near/all/toy/a%20b.gz"
    assert locations(spec(), "") == []


def test_a_busy_server_is_asked_again(server, tmp_path):
    download(spec(f"{server.url}/busy/"), "", tmp_path / "data.gz")
    assert server.asked["/busy/data.gz"] == 3


def test_every_kind_of_bad_mirror_is_passed_over(server, folder, tmp_path):
    (folder / "toy" / "data.gz").write_bytes(gzip.compress(b"another file"))
    bad = [SILENT, f"{server.url}/gone/", f"{server.url}/short/", f"{server.url}/page/", "ftp://x/", "http://[/"]
    fetched = download(spec(*bad, f"{server.url}/good/"), str(folder), tmp_path / "data.gz")
    assert fetched.source == f"{server.url}/good/data.gz"
    words = ["wrong checksum", "refused", "404", "broke off after 99", "corrupt", "only http", "not a URL"]
    for why, word in zip(fetched.troubles.values(), words, strict=True):
        assert word in why
    assert (tmp_path / "data.gz").read_bytes() == PACKED


def test_a_dead_mirror_is_asked_three_times_a_wrong_one_once(server, tmp_path):
    said = refusal(tmp_path, spec(f"{server.url}/short/", f"{server.url}/page/", f"{server.url}/gone/"))
    assert server.asked == {"/short/data.gz": 3, "/page/data.gz": 1, "/gone/data.gz": 1}
    assert said.startswith("toy/data.gz of dataset toy: not to be had from any mirror (")
    for url in server.asked:
        assert f"{server.url}{url}: " in said
    assert said.endswith("; put the file at FOLDER/toy/data.gz and set mirror: FOLDER in config.yaml")


def test_a_wrong_checksum_names_expected_and_found(folder, tmp_path):
    job = spec(checksum="md5:" + "0" * 32)
    found = hashlib.md5(CONTENT).hexdigest()
    assert f"wrong checksum, expected md5:{'0' * 32}, found md5:{found}" in refusal(tmp_path, job, str(folder))


@pytest.mark.parametrize("keep", [0, 1, 30, -1])
def test_a_truncated_copy_is_refused(folder, tmp_path, keep):
    (folder / "toy" / "data.gz").write_bytes(PACKED[:keep])
    assert "truncated or corrupt" in refusal(tmp_path, spec(), str(folder))


def test_a_missing_mirror_folder_is_named(tmp_path):
    said = refusal(tmp_path, spec(), str(tmp_path / "nowhere"))
    assert f"{tmp_path}/nowhere/toy/data.gz: No such file or directory" in said


def test_what_has_no_mirror_says_where_to_put_it(tmp_path):
    assert "it has no public mirror; put the file at FOLDER/toy/data.gz" in refusal(tmp_path, spec())


def test_a_regzipped_copy_passes_by_content_and_not_by_file(folder, tmp_path):
    (folder / "toy" / "data.gz").write_bytes(gzip.compress(CONTENT[:999]) + gzip.compress(CONTENT[999:], 1))
    download(spec(), str(folder), tmp_path / "data.gz")
    as_file = spec(checksum="sha256:" + hashlib.sha256(PACKED).hexdigest(), checksum_of="file")
    assert "wrong checksum" in refusal(tmp_path, as_file, str(folder))
    (folder / "toy" / "data.gz").write_bytes(PACKED)
    download(as_file | {"bytes": len(PACKED)}, str(folder), tmp_path / "data.gz")


def test_a_file_larger_than_published_is_not_fetched_to_its_end(folder, tmp_path):
    job = spec(checksum_of="file", bytes=100)
    assert "larger than the expected 100 bytes" in refusal(tmp_path, job, str(folder))


def test_an_earlier_file_survives_a_failure(tmp_path):
    (tmp_path / "data.gz").write_bytes(b"earlier")
    with pytest.raises(UserError):
        download(spec(), str(tmp_path), tmp_path / "data.gz")
    assert (tmp_path / "data.gz").read_bytes() == b"earlier"


def test_a_full_disk_is_not_called_a_dead_mirror(folder, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(PACKED) // 2, limits[1]))
    try:
        said = refusal(tmp_path, spec(), str(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "data.gz: cannot be written" in said


@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_the_checksum_is_that_of_gunzip_however_the_bytes_come(step):
    packed = gzip.compress(CONTENT[:5]) + gzip.compress(b"") + PACKED
    checksum = Checksum("sha256", "content")
    for start in range(0, len(packed), step):
        checksum.update(packed[start : start + step])
    assert checksum.hexdigest() == hashlib.sha256(gzip.decompress(packed)).hexdigest()


def test_a_gzip_bomb_costs_no_memory():
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    checksum = Checksum("sha256", "content")
    tracemalloc.start()
    checksum.update(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    assert checksum.hexdigest() == hashlib.sha256(bytes(64 << 20)).hexdigest()


def test_the_script_by_hand(folder, tmp_path):
    def run(job, mirror):
        command = [
            sys.executable,
            SCRIPT,
            "--spec",
            json.dumps({name: job[name] for name in ("job", "path", "checksum", "checksum_of")}),
            *(word for name in ("dataset", "role", "licence") for word in (f"--{name}", job[name])),
            *(["--mirror", mirror] if mirror else []),
            "--output",
            tmp_path / "data.gz",
        ]
        return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60)

    failed = run(spec(), "")
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert failed.stderr.startswith("error: toy/data.gz of dataset toy")
    done = run(spec(), folder)
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert "licence: MIT" in done.stdout
    assert (tmp_path / "data.gz").read_bytes() == PACKED
