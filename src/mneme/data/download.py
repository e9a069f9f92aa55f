"""Download one published file from the first mirror that has it, and verify its checksum."""

import time
import zlib
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from mneme.data.checksum import Checksum
from mneme.errors import UserError
from mneme.files import atomic
from mneme.script import Output

CHUNK = 1 << 20
PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses worth another try


class Fetched(NamedTuple):
    """Where a file came from, its size in bytes, and why other locations failed."""

    source: str
    size: int
    troubles: dict[str, str]


class Trouble(Exception):  # noqa: N818
    """Why a location did not serve the file; ``passing`` if trying again may help."""

    def __init__(self, reason: object, *, passing: bool = False) -> None:
        super().__init__(str(reason))
        self.passing = passing


def fetch(
    spec: dict[str, Any],
    *,
    dataset: str,
    role: str,
    licence: str = "",
    mirrors: list[str] | None = None,
    bytes: str = "0",
    mirror: str = "",
    output: Output,
) -> None:
    """Fetch one file of a dataset and verify its checksum.

    Args:
        mirrors: published addresses; ``mirror`` is the user's own folder or URL prefix, which is tried first.
    """
    wanted = {**spec, "dataset": dataset, "role": role, "bytes": int(bytes) or None, "mirrors": mirrors or []}
    fetched = download(wanted, mirror, output)
    for place, why in fetched.troubles.items():
        print(f"passed over {place}: {why}")
    print(f"{output}: {fetched.size:,} bytes from {fetched.source}, {spec['checksum']} verified")
    print(f"licence: {licence}")


def download(
    spec: Mapping[str, Any], mirror: str, output: Path, *, rounds: int = 3, pause: float = 1.0, timeout: float = 30.0
) -> Fetched:
    """Download a file to ``output``, which appears only when complete and verified.

    Locations are tried in turn, the user's mirror first. Those that failed for a passing reason (no connection,
    timeout, broken transfer, busy server) are tried again in the next round, after a pause that doubles.

    Args:
        spec: the download job's: ``dataset``, ``path``, ``checksum`` ("sha256:HEX" or "md5:HEX"; of published
            weights maybe only its first digits), ``checksum_of`` ("file" or "content" of a .gz), ``bytes`` (or null),
            ``mirrors``.
        mirror: the user's own folder or URL prefix, or "".
        output: path of the file.
        rounds: how often a location is tried at most.
        pause: seconds before the second round.
        timeout: seconds without an answer or a byte.

    Raises:
        UserError: no location had a file with this checksum; says why each one failed.
    """
    troubles: dict[str, str] = {}
    waiting = locations(spec, mirror)
    for again in range(rounds):
        if again and waiting:
            time.sleep(pause * 2 ** (again - 1))
        for location in list(waiting):
            try:
                size = _fetch(location, spec, output, timeout)
            except Trouble as trouble:
                troubles[location] = str(trouble)
                if not trouble.passing:
                    waiting.remove(location)
            else:
                return Fetched(location, size, {other: why for other, why in troubles.items() if other != location})
    answers = "; ".join(f"{location}: {why}" for location, why in troubles.items())
    raise UserError(
        f"{spec['path']} of dataset {spec['dataset']}: "
        + (f"not to be had from any mirror ({answers})" if troubles else "it has no public mirror")
        + f"; put the file at FOLDER/{spec['path']} and set mirror: FOLDER in config.yaml"
    )


def locations(spec: Mapping[str, Any], mirror: str) -> list[str]:
    """Paths and URLs to try for a file, in order, without repetition.

    The user's mirror holds the whole ``path``. A mirror of the spec that ends in ``/`` holds the bare file name; any
    other is the file itself.
    """
    path = spec["path"]
    found = [f"{mirror.rstrip('/')}/{quote(path) if '://' in mirror else path}"] if mirror else []
    for prefix in spec["mirrors"]:
        found.append(prefix + quote(PurePosixPath(path).name) if prefix.endswith("/") else prefix)
    return list(dict.fromkeys(found))


def _fetch(location: str, spec: Mapping[str, Any], output: Path, timeout: float) -> int:
    algorithm, expected = spec["checksum"].split(":")
    gzipped = spec["checksum_of"] == "content" and spec["path"].endswith(".gz")
    limit = spec.get("bytes") if spec["checksum_of"] == "file" else None
    checksum = Checksum(algorithm, "content" if gzipped else "file")
    size = 0
    with _open(location, timeout) as stream, atomic(output) as file:
        try:
            for chunk in _chunks(stream):
                file.write(chunk)
                checksum.update(chunk)
                size += len(chunk)
                if limit and size > limit:
                    raise Trouble(f"it is larger than the expected {limit} bytes")
            found = checksum.hexdigest()
        except (zlib.error, EOFError) as error:
            raise Trouble(f"truncated or corrupt after {size} bytes ({error})") from error
        if not found.startswith(expected.lower()):
            raise Trouble(f"wrong checksum, expected {spec['checksum']}, found {algorithm}:{found} in {size} bytes")
    return size


def _open(location: str, timeout: float) -> BinaryIO:
    """Open a local path or an http(s) URL."""
    if "://" not in location:
        try:
            return open(Path(location).expanduser(), "rb")
        except OSError as error:
            raise Trouble(error.strerror) from error
    if not location.startswith(("http://", "https://")):
        raise Trouble("only http://, https:// and folders are known")
    try:
        return urlopen(Request(location, headers={"User-Agent": "mneme"}), timeout=timeout)
    except HTTPError as error:
        error.close()
        raise Trouble(f"HTTP {error.code} {error.reason}", passing=error.code in PASSING) from error
    except URLError as error:
        raise Trouble(error.reason, passing=True) from error
    except (OSError, HTTPException) as error:
        raise Trouble(str(error) or type(error).__name__, passing=True) from error
    except ValueError as error:
        raise Trouble(f"not a URL ({error})") from error


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream's bytes; an HTTP answer shorter than promised, which urllib accepts, raises :class:`Trouble`."""
    headers = getattr(stream, "headers", {})
    promised, size = int(headers.get("Content-Length") or 0), 0
    try:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            yield chunk
    except (OSError, HTTPException) as error:
        raise Trouble(f"the transfer broke off after {size} bytes ({error})", passing=True) from error
    if size < promised:
        raise Trouble(f"the transfer broke off after {size} of {promised} bytes", passing=True)
