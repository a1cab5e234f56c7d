"""A web server on this machine that answers as a test tells it to, also badly.

with WebServer() as server:
    url = server.serve("/data.csv", status(500), content(b"a,b\n1,2\n"))
    ...  # the first request for `url` is answered with 500, every later one with the table
    assert server.count("/data.csv") == 2
"""

import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit


class Request(NamedTuple):
    """A request as the server saw it: path with query, headers by lower-case name, and body."""

    target: str
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """Answers one request with the behaviour that is due, then closes the connection."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        self.close_connection = True
        self.server.owner.behaviour_for(self)(self)

    do_POST = do_GET  # noqa: N815

    def do_CONNECT(self) -> None:
        """As a proxy, play the host that is asked for."""
        tls = self.server.owner.tunnel
        assert tls, "this server is no proxy"
        self.send_response(200)
        self.end_headers()
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)  # type: ignore[assignment]
        self.handle_one_request()
        self.connection.close()

    def send_head(self, status: int, **headers: object) -> None:
        """Send the status line and the headers (``_`` in a name stands for ``-``)."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.send_header("Connection", "close")
        self.end_headers()

    @property
    def closing(self) -> threading.Event:
        """Set when the server is about to close: what waits must end then."""
        return self.server.owner.closing

    def log_message(self, *_: object) -> None:
        """Keep the output of the tests free of a line for every request."""


Behaviour = Callable[[Handler], None]


def content(
    body: bytes, *, length: bool = True, headers: dict[str, str] | None = None
) -> Behaviour:
    """Serve `body`; without `length`, its end is told by the end of the connection alone."""

    def behave(handler: Handler) -> None:
        known = {"Content-Length": str(len(body))} if length else {}
        handler.send_head(200, **known, **(headers or {}))
        handler.wfile.write(body)

    return behave


def one_wrong_byte(body: bytes) -> Behaviour:
    """Serve `body` with its middle byte changed, as if that were right."""
    middle = len(body) // 2
    return content(body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :])


def status(code: int) -> Behaviour:
    """Answer with a status code and an empty body."""
    return lambda handler: handler.send_head(code, Content_Length=0)


def redirect(to: str) -> Behaviour:
    """Answer 302 Found with the address `to`."""
    return lambda handler: handler.send_head(302, Location=to, Content_Length=0)


def drop() -> Behaviour:
    """Close the connection without an answer."""
    return lambda handler: None


def cut(body: bytes, *, chunked: bool = False) -> Behaviour:
    """Announce all of `body`, send its first half and close the connection."""

    def behave(handler: Handler) -> None:
        half = body[: len(body) // 2]
        if chunked:
            handler.send_head(200, Transfer_Encoding="chunked")
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(half), half))
        else:
            handler.send_head(200, Content_Length=len(body))
            handler.wfile.write(half)

    return behave


def hang(body: bytes = b"") -> Behaviour:
    """Accept the request and send nothing until the server closes.

    With a `body`, its headers and first half are sent before.
    """

    def behave(handler: Handler) -> None:
        if body:
            handler.send_head(200, Content_Length=len(body))
            handler.wfile.write(body[: len(body) // 2])
        handler.closing.wait()

    return behave


def trickle(body: bytes, *, pause: float = 0.02) -> Behaviour:
    """Send the headers at once, then one byte of `body` every `pause` seconds."""

    def behave(handler: Handler) -> None:
        handler.send_head(200, Content_Length=len(body))
        _trickle(handler, body, pause)

    return behave


def trickle_headers(*, pause: float = 0.02) -> Behaviour:
    """Send one byte of a long header every `pause` seconds, and never a body."""
    return lambda handler: _trickle(handler, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000, pause)


def _trickle(handler: Handler, data: bytes, pause: float) -> None:
    for i in range(len(data)):
        handler.wfile.write(data[i : i + 1])
        if handler.closing.wait(pause):
            return


class _Server(ThreadingHTTPServer):
    owner: "WebServer"

    def handle_error(self, *_: object) -> None:
        """Be silent when a client goes away in the middle of an answer."""


class WebServer:
    """A threaded server on a free port of 127.0.0.1, running inside its ``with`` block.

    A path that was not given to `serve` is answered with 404.

    Parameters
    ----------
    tls : SSLContext, optional
        Serve https with the certificate in this context.
    tunnel : SSLContext, optional
        Also be a proxy, for https to any host, which answers itself with the certificate in this
        context.

    Attributes
    ----------
    requests : list of Request
        All requests so far, in the order of their arrival.
    closing : threading.Event
        Set when the server is about to close.
    """

    def __init__(self, tls: SSLContext | None = None, tunnel: SSLContext | None = None) -> None:
        self.tunnel = tunnel
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._behaviours: dict[str, tuple[Behaviour, ...]] = {}
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.owner = self
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        """Host and port, as they stand in a URL."""
        return f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str) -> str:
        """Give the URL of `path`."""
        return f"{self._scheme}://{self.host}{path}"

    def serve(self, path: str, *behaviours: Behaviour) -> str:
        """Answer the requests for `path` with one behaviour each; the last one then stays.

        Parameters
        ----------
        path : str
            Path without query, such as ``/data.csv``. Serving it again starts over.
        *behaviours : Behaviour
            At least one.

        Returns
        -------
        str
            The URL of the path.
        """
        with self._lock:
            self._behaviours[path] = behaviours
            self._counts[path] = 0
        return self.url(path)

    def count(self, path: str) -> int:
        """Count the requests for `path` since it was served."""
        with self._lock:
            return self._counts[path]

    def behaviour_for(self, handler: Handler) -> Behaviour:
        """Note a request and give the behaviour that is due for it."""
        path = urlsplit(handler.path).path
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length", 0)))
        with self._lock:
            self.requests.append(Request(handler.path, headers, body))
            behaviours = self._behaviours.get(path, (status(404),))
            due = behaviours[min(self._counts[path], len(behaviours) - 1)]
            self._counts[path] += 1
        return due
