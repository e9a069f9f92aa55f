"""Checksums of a file, or of what a gzip file decompresses to, computed while the bytes arrive."""

import hashlib
import zlib
from typing import Literal

GZIP = 16 + zlib.MAX_WBITS
WINDOW = 1 << 20  # decompressed bytes in memory at a time, whatever the file decompresses to


class Checksum:
    """A running digest.

    Args:
        algorithm: ``sha256`` or ``md5``.
        of: ``file`` for the bytes themselves, ``content`` for what a gzip stream (of one or more members)
            decompresses to, so that a re-gzipped copy has the same checksum.
    """

    def __init__(self, algorithm: str, of: Literal["file", "content"]) -> None:
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._gunzip = zlib.decompressobj(GZIP) if of == "content" else None

    def update(self, chunk: bytes) -> None:
        """Add the next bytes.

        Raises:
            zlib.error: the stream is not gzip.
        """
        if self._gunzip is None:
            self._digest.update(chunk)
            return
        while chunk:
            if self._gunzip.eof:  # another member follows
                self._gunzip = zlib.decompressobj(GZIP)
            self._digest.update(self._gunzip.decompress(chunk, WINDOW))
            chunk = self._gunzip.unconsumed_tail or self._gunzip.unused_data

    def hexdigest(self) -> str:
        """The digest of all bytes added.

        Raises:
            EOFError: the gzip stream ended early.
        """
        if self._gunzip is not None:
            self._digest.update(self._gunzip.flush())
            if not self._gunzip.eof:
                raise EOFError("the gzip stream is cut short")
        return self._digest.hexdigest()
