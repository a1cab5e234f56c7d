"""The download of a raw data file: checked, bounded in size and time, whole or not at all."""

import hashlib
import logging
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)
from tqdm import tqdm

from churn.errors import InputError
from churn.files import atomic_path
from churn.http_pieces import http_pieces
from churn.pieces import CHUNK_BYTES, DownloadError, Piece, Pieces, TransientDownloadError
from churn.redaction import redacted, split_url

ALLOWED_SCHEMES = ("http", "https", "file")
BACK_OFF = wait_exponential(multiplier=0.5, max=10) + wait_random(0, 0.5)
"""The wait before each retry, in seconds: doubling from 0.5 to 10, and up to 0.5 of jitter."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Download:
    """What was downloaded.

    Attributes
    ----------
    n_bytes : int
        The size of the file.
    sha256 : str
        The SHA-256 digest of the file, 64 lower-case hexadecimal digits.
    """

    n_bytes: int
    sha256: str


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None,
    timeout: float,
    retries: int,
    max_bytes: int,
) -> Download:
    """Download a file, check it and move it to its place.

    Connection errors, time-outs, cut connections and the answers 429 and 5xx are tried again
    after a growing wait. Redirects are followed to http and https alone.

    Parameters
    ----------
    url : str
        Where the file is: an http, https or file URL.
    target : Path
        Where the file belongs. An earlier file there is replaced by a complete, checked
        download and by nothing else.
    sha256 : str or None
        The SHA-256 digest that the file must have; None accepts any.
    timeout : float
        Time limit of one attempt over http or https, in seconds: from looking up the host name
        to the last byte, redirects included.
    retries : int
        How many more attempts follow a first one that failed.
    max_bytes : int
        The largest size accepted.

    Returns
    -------
    Download
        Size and digest of the file.

    Raises
    ------
    InputError
        If the URL cannot be used, the file cannot be had or written, is too large, or does not
        have the digest `sha256`. Messages and logs show the URL without its secrets.
    """
    shown = redacted(url)
    try:
        scheme = _checked_scheme(url)
        _log.info("Downloading %s", shown)
        with atomic_path(target) as temporary:
            if scheme == "file":
                result = _receive(_file_pieces(url), temporary, max_bytes)
            else:
                result = _fetch(url, temporary, timeout, retries, max_bytes)
            _check_digest(result.sha256, sha256)
    except DownloadError as failure:
        raise InputError(f"Cannot download {shown}: {failure}") from None
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}") from None
    _log.info(
        "Downloaded %s: %s bytes, sha256 %s (%s)",
        shown,
        f"{result.n_bytes:,}",
        result.sha256,
        "as pinned" if sha256 else "not pinned",
    )
    return result


def _checked_scheme(url: str) -> str:
    scheme, colon, _ = url.partition(":")
    if not colon or scheme.lower() not in ALLOWED_SCHEMES:
        allowed = ", ".join(f"{name}:" for name in ALLOWED_SCHEMES)
        raise DownloadError(f"a URL begins with one of {allowed}")
    if split_url(url) is None:
        raise DownloadError("the URL is not valid: it needs a host, and a port is a number")
    return scheme.lower()


def _check_digest(found: str, expected: str | None) -> None:
    if expected is not None and found != expected.lower():
        raise DownloadError(
            f"its sha256 is {found}, expected {expected.lower()}; if the file was meant to "
            "change, pin the new digest"
        )


def _receive(pieces: Pieces, path: Path, max_bytes: int) -> Download:
    """Write the pieces of a file to `path`, with a progress bar if someone is there to see it."""
    n_bytes = 0
    digest = hashlib.sha256()
    bar = tqdm(
        desc=path.name, unit="B", unit_scale=True, leave=False, disable=not sys.stderr.isatty()
    )
    with path.open("wb") as file, bar, closing(pieces):
        for data, total in pieces:
            n_bytes += len(data)
            if max(n_bytes, total or 0) > max_bytes:
                size = f"{total:,} bytes" if total else "more"
                raise DownloadError(f"the file has {size}; the limit is {max_bytes:,} bytes")
            file.write(data)
            digest.update(data)
            bar.total = total
            bar.update(len(data))
    return Download(n_bytes, digest.hexdigest())


def _file_pieces(url: str) -> Pieces:
    """Read the file that a file URL names."""
    parts = urlsplit(url)
    path = Path(url2pathname(parts.path))
    if parts.netloc or not path.is_absolute():
        raise DownloadError("a file URL names no host but an absolute path: file:///folder/file")
    if parts.query or parts.fragment:
        raise DownloadError("a file URL has no query or fragment; write ? as %3F and # as %23")
    try:
        if not path.exists():
            raise DownloadError("there is no such file")
        if not path.is_file():
            raise DownloadError("this is a folder or a device, not a file")
        with path.open("rb") as file:
            total = path.stat().st_size
            while data := file.read(CHUNK_BYTES):
                yield Piece(data, total)
    except OSError as error:
        raise DownloadError(f"the file cannot be read: {error.strerror}") from None


def _fetch(url: str, path: Path, timeout: float, retries: int, max_bytes: int) -> Download:
    """Write what is at an http or https URL to `path`, in as many attempts as it takes."""

    def attempt() -> Download:
        return _receive(http_pieces(url, timeout), path, max_bytes)

    def log_retry(state: RetryCallState) -> None:
        reason = state.outcome.exception() if state.outcome else None
        _log.warning(
            "%s: %s; trying again in %.1f s (attempt %d of %d failed)",
            redacted(url),
            reason,
            state.upcoming_sleep,
            state.attempt_number,
            retries + 1,
        )

    # The debug messages and warnings of urllib3 hold the URL with its secrets.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    attempts = Retrying(
        stop=stop_after_attempt(retries + 1),
        wait=BACK_OFF,
        retry=retry_if_exception_type(TransientDownloadError),
        before_sleep=log_retry,
        reraise=True,
    )
    try:
        return attempts(attempt)
    except TransientDownloadError as failure:
        tried = "1 attempt" if retries == 0 else f"{retries + 1} attempts"
        raise DownloadError(f"{failure} (gave up after {tried})") from None
