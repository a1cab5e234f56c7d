"""One attempt to read a file over http or https: bounded in time, failures in words."""

import socket
import ssl
import threading
import time
from contextlib import closing
from http import HTTPStatus
from queue import Empty, Queue
from typing import TYPE_CHECKING

from churn.pieces import CHUNK_BYTES, DownloadError, Piece, Pieces, TransientDownloadError

if TYPE_CHECKING:
    import requests

_QUEUED_PIECES = 8


def http_pieces(url: str, timeout: float) -> Pieces:
    """Make one attempt to read an http or https URL.

    Parameters
    ----------
    url : str
        Where the file is; redirects from there are followed.
    timeout : float
        Time limit in seconds, from looking up the host name to the last byte.

    Yields
    ------
    Piece
        The first is empty and comes with the headers.

    Raises
    ------
    DownloadError
        If the file cannot be had; a `TransientDownloadError` if another attempt may have it. No
        message holds a part of the URL.
    """
    import requests  # is not needed for a file URL

    answered = False
    try:
        with closing(_within(timeout, _request(requests.Session(), url, timeout))) as pieces:
            for piece in pieces:
                answered = True
                yield piece
    except TimeoutError:
        what = "the download was not complete" if answered else "no answer"
        raise TransientDownloadError(f"{what} within the time limit of {timeout:g} s") from None


def _within(seconds: float, pieces: Pieces) -> Pieces:
    """Pass on what an iterator gives, and raise TimeoutError if it takes more than `seconds`.

    The time-outs of a socket bound each read but not their sum, nor the look-up of a name. So
    the iterator runs in a thread, which is left to itself when the time is over: it touches no
    file, ends with its next piece, and does not keep the process alive.
    """
    deadline = time.monotonic() + seconds
    queue: Queue[Piece | Exception | None] = Queue(maxsize=_QUEUED_PIECES)
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


def _request(session: "requests.Session", url: str, timeout: float) -> Pieces:
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
            yield Piece(b"", total)
            for data in response.iter_content(CHUNK_BYTES):
                yield Piece(data, total)
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
        raise TransientDownloadError(reason)
    raise DownloadError(reason)


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
        return TransientDownloadError("the compressed answer could not be decoded")
    total = _content_length(response)
    of_all = "" if total is None else f" after {response.raw.tell():,} of {total:,} bytes"
    return TransientDownloadError(f"the connection was cut{of_all}")


def _open_error(error: Exception) -> Exception:
    """Say what an error met before the headers came means."""
    import requests

    if isinstance(error, requests.TooManyRedirects):
        return DownloadError("the server redirects too many times")
    if isinstance(error, requests.exceptions.InvalidSchema):
        return DownloadError("the server redirects to another scheme than http and https")
    if isinstance(error, ValueError):
        return DownloadError("the URL, one that it redirects to, or the proxy's is not valid")
    if _caused_by(error, ssl.SSLCertVerificationError):
        return DownloadError("the certificate of the server could not be verified")
    if isinstance(error, requests.Timeout) or _caused_by(error, TimeoutError):
        return TimeoutError()
    if isinstance(error, requests.exceptions.ProxyError):
        return TransientDownloadError("the proxy could not be reached, or refused")
    if _caused_by(error, socket.gaierror):
        return TransientDownloadError("the host name could not be resolved")
    if _caused_by(error, ConnectionRefusedError):
        return TransientDownloadError("the connection was refused")
    if _caused_by(error, ssl.SSLError):
        return TransientDownloadError("no secure connection (TLS) could be made")
    if _caused_by(error, ConnectionError):
        return TransientDownloadError("the connection was cut before an answer came")
    return TransientDownloadError("the server could not be reached")


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    """Tell whether an error, or one that led to it, is of this kind."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error is not None
