"""The download of a raw data file: checked, bounded in size and time, whole or not at all."""

import hashlib
import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, NamedTuple
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
from churn.redaction import redacted, split_url

if TYPE_CHECKING:
    import requests

ALLOWED_SCHEMES = ("http", "https", "file")
BACK_OFF = wait_exponential(multiplier=0.5, max=10) + wait_random(0, 0.5)
"""The wait before each retry, in seconds: doubling from 0.5 to 10, and up to 0.5 of jitter."""

_CHUNK_BYTES = 64 * 1024
_QUEUED_PIECES = 8

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


class _Piece(NamedTuple):
    """The next bytes of a file, and the size of the whole if that is known."""

    data: bytes
    total: int | None


_Pieces = Generator[_Piece, None, None]


class _DownloadError(Exception):
    """Why a download failed, in words that hold no part of the URL."""


class _TransientDownloadError(_DownloadError):
    """A failure that another attempt may not meet."""


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
    except _DownloadError as failure:
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
        raise _DownloadError(f"a URL begins with one of {allowed}")
    if split_url(url) is None:
        raise _DownloadError("the URL is not valid: it needs a host, and a port is a number")
    return scheme.lower()


def _check_digest(found: str, expected: str | None) -> None:
    if expected is not None and found != expected.lower():
        raise _DownloadError(
            f"its sha256 is {found}, expected {expected.lower()}; if the file was meant to "
            "change, pin the new digest"
        )


def _receive(pieces: _Pieces, path: Path, max_bytes: int) -> Download:
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
                raise _DownloadError(f"the file has {size}; the limit is {max_bytes:,} bytes")
            file.write(data)
            digest.update(data)
            bar.total = total
            bar.update(len(data))
    return Download(n_bytes, digest.hexdigest())


def _file_pieces(url: str) -> _Pieces:
    """Read the file that a file URL names."""
    parts = urlsplit(url)
    path = Path(url2pathname(parts.path))
    if parts.netloc or not path.is_absolute():
        raise _DownloadError("a file URL names no host but an absolute path: file:///folder/file")
    if parts.query or parts.fragment:
        raise _DownloadError("a file URL has no query or fragment; write ? as %3F and # as %23")
    try:
        if not path.exists():
            raise _DownloadError("there is no such file")
        if not path.is_file():
            raise _DownloadError("this is a folder or a device, not a file")
        with path.open("rb") as file:
            total = path.stat().st_size
            while data := file.read(_CHUNK_BYTES):
                yield _Piece(data, total)
    except OSError as error:
        raise _DownloadError(f"the file cannot be read: {error.strerror}") from None


def _fetch(url: str, path: Path, timeout: float, retries: int, max_bytes: int) -> Download:
    """Write what is at an http or https URL to `path`, in as many attempts as it takes."""

    def attempt() -> Download:
        return _receive(_http_pieces(url, timeout), path, max_bytes)

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
        retry=retry_if_exception_type(_TransientDownloadError),
        before_sleep=log_retry,
        reraise=True,
    )
    try:
        return attempts(attempt)
    except _TransientDownloadError as failure:
        tried = "1 attempt" if retries == 0 else f"{retries + 1} attempts"
        raise _DownloadError(f"{failure} (gave up after {tried})") from None


def _http_pieces(url: str, timeout: float) -> _Pieces:
    """Make one attempt to read an http or https URL, within `timeout` seconds."""
    import requests  # is not needed for a file URL

    answered = False
    try:
        with closing(_within(timeout, _request(requests.Session(), url, timeout))) as pieces:
            for piece in pieces:
                answered = True
                yield piece
    except TimeoutError:
        what = "the download was not complete" if answered else "no answer"
        raise _TransientDownloadError(f"{what} within the time limit of {timeout:g} s") from None


def _within(seconds: float, pieces: _Pieces) -> _Pieces:
    """Pass on what an iterator gives, and raise TimeoutError if it takes more than `seconds`.

    The time-outs of a socket bound each read but not their sum, nor the look-up of a name. So
    the iterator runs in a thread, which is left to itself when the time is over: it touches no
    file, ends with its next piece, and does not keep the process alive.
    """
    deadline = time.monotonic() + seconds
    queue: Queue[_Piece | Exception | None] = Queue(maxsize=_QUEUED_PIECES)
    abandoned = threading.Event()

    def produce() -> None:
        last: Exception | None = None
        try:
            with closing(pieces):
                for piece in pieces:
                    queue.put(piece)
                    if abandoned.is_set():
                        break
        except Exception as error:
            last = error
        queue.put(last)

    threading.Thread(target=produce, daemon=True).start()
    try:
        while (remaining := deadline - time.monotonic()) > 0:
            item = queue.get(timeout=remaining)
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item
        raise TimeoutError
    except Empty:
        raise TimeoutError from None
    finally:
        abandoned.set()
        while not queue.empty():  # makes room, so that the thread is not stuck in put
            queue.get_nowait()


def _request(session: "requests.Session", url: str, timeout: float) -> _Pieces:
    """Get an http or https URL; the first piece is empty and comes with the headers."""
    import urllib3

    response: requests.Response | None = None
    # The digest is that of the file, so it is asked for as it is, not compressed on the way.
    headers = {"Accept-Encoding": "identity"}
    try:
        with (
            session,
            session.get(url, stream=True, timeout=timeout, headers=headers) as response,
        ):
            _check_status(response.status_code)
            total = _content_length(response)
            yield _Piece(b"", total)
            for data in response.iter_content(_CHUNK_BYTES):
                yield _Piece(data, total)
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        # `from None`, as the text of the error holds the URL with its secrets.
        known = _open_error(error) if response is None else _body_error(error, response)
        raise known from None


def _check_status(status: int) -> None:
    if status == HTTPStatus.OK:
        return
    known = {code.value: f" {code.phrase}" for code in HTTPStatus}
    reason = f"the server answered {status}{known.get(status, '')}"
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _TransientDownloadError(reason)
    raise _DownloadError(reason)


def _content_length(response: "requests.Response") -> int | None:
    """Give the size of the file, if the server tells that and not its size when compressed."""
    length = response.headers.get("Content-Length", "")
    encoded = any(name in response.headers for name in ("Content-Encoding", "Transfer-Encoding"))
    return int(length) if length.isdecimal() and not encoded else None


def _body_error(error: Exception, response: "requests.Response") -> Exception:
    """Say what an error met while reading the body means."""
    import requests

    if _caused_by(error, TimeoutError):
        return TimeoutError()
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return _TransientDownloadError("the compressed answer could not be decoded")
    total = _content_length(response)
    of_all = "" if total is None else f" after {response.raw.tell():,} of {total:,} bytes"
    return _TransientDownloadError(f"the connection was cut{of_all}")


def _open_error(error: Exception) -> Exception:
    """Say what an error met before the headers came means."""
    import requests

    if isinstance(error, requests.TooManyRedirects):
        return _DownloadError("the server redirects too many times")
    if isinstance(error, requests.exceptions.InvalidSchema):
        return _DownloadError("the server redirects to another scheme than http and https")
    if isinstance(error, ValueError):
        return _DownloadError("the URL, one that it redirects to, or the proxy's is not valid")
    if _caused_by(error, ssl.SSLCertVerificationError):
        return _DownloadError("the certificate of the server could not be verified")
    if isinstance(error, requests.Timeout) or _caused_by(error, TimeoutError):
        return TimeoutError()
    if isinstance(error, requests.exceptions.ProxyError):
        return _TransientDownloadError("the proxy could not be reached, or refused")
    if _caused_by(error, socket.gaierror):
        return _TransientDownloadError("the host name could not be resolved")
    if _caused_by(error, ConnectionRefusedError):
        return _TransientDownloadError("the connection was refused")
    if _caused_by(error, ssl.SSLError):
        return _TransientDownloadError("no secure connection (TLS) could be made")
    if _caused_by(error, ConnectionError):
        return _TransientDownloadError("the connection was cut before an answer came")
    return _TransientDownloadError("the server could not be reached")


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Tell whether an error, or one that led to it, is of this kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None
