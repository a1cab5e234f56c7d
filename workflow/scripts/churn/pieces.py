"""A raw data file as it comes, piece by piece, and the words for a failure."""

from collections.abc import Generator
from typing import NamedTuple

CHUNK_BYTES = 64 * 1024
"""The largest piece that is read at once."""


class Piece(NamedTuple):
    """The next bytes of a file, and the size of the whole if that is known."""

    data: bytes
    total: int | None


Pieces = Generator[Piece, None, None]
"""The pieces of one file, in order; to be closed by who reads them."""


class DownloadError(Exception):
    """Why a download failed, in words that hold no part of the URL."""


class TransientDownloadError(DownloadError):
    """A failure that another attempt may not meet."""
