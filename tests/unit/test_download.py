import gzip
import hashlib
import io
import itertools
import logging
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from churn import download as module
from churn import http_pieces
from churn.download import Download, download
from churn.errors import InputError
from churn.pieces import Piece, Pieces
from churn.redaction import redacted
from support.certificates import self_signed
from support.web_server import (
    Behaviour,
    WebServer,
    content,
    cut,
    drop,
    hang,
    one_wrong_byte,
    redirect,
    status,
    trickle,
    trickle_headers,
)
from tenacity import wait_fixed, wait_none

BODY = b"customerID,Churn\n" + b"".join(b"%d,No\n" % i for i in range(60_000))
DIGEST = hashlib.sha256(BODY).hexdigest()
EARLIER = b"the earlier file"
SECRETS = ("ursula", "pa55", "t0ken")


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF", wait_none())
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Give a place that holds an earlier file, alone in its folder."""
    path = tmp_path / "raw" / "customers.csv"
    path.parent.mkdir()
    path.write_bytes(EARLIER)
    return path


def fetch(url: str, target: Path, **changes: object) -> Download:
    options: dict = {"sha256": DIGEST, "timeout": 10, "retries": 2, "max_bytes": 10_000_000}
    return download(url, target, **(options | changes))


def refusal(url: str, target: Path, **changes: object) -> str:
    """Give the message of a download that must fail and leave everything as it was."""
    with pytest.raises(InputError) as caught:
        fetch(url, target, **changes)
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert target.read_bytes() == EARLIER
    return str(caught.value)


def assert_fetched(url: str, target: Path, **changes: object) -> None:
    result = fetch(url, target, **changes)
    assert result == Download(n_bytes=len(BODY), sha256=DIGEST)
    assert target.read_bytes() == BODY
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("behaviours", "requests"),
    [
        pytest.param([content(BODY)], 1, id="at once"),
        pytest.param([content(BODY, length=False)], 1, id="without a length"),
        pytest.param([status(500), status(500), content(BODY)], 3, id="500 twice"),
        pytest.param([status(503), status(429), content(BODY)], 3, id="503, 429"),
        pytest.param([cut(BODY), content(BODY)], 2, id="cut"),
        pytest.param([cut(BODY, chunked=True), content(BODY)], 2, id="cut between chunks"),
        pytest.param([drop(), content(BODY)], 2, id="dropped"),
        pytest.param(
            [content(gzip.compress(BODY), headers={"content-encoding": "gzip"})], 1, id="gzip"
        ),
        pytest.param(
            [content(b"no gzip", headers={"Content-Encoding": "gzip"}), content(BODY)],
            2,
            id="broken gzip",
        ),
    ],
)
def test_file_arrives_whole(
    server: WebServer, target: Path, behaviours: list[Behaviour], requests: int
) -> None:
    url = server.serve("/customers.csv", *behaviours)
    assert_fetched(url, target)
    assert server.count("/customers.csv") == requests


@pytest.mark.parametrize("first", [hang(), trickle(BODY)], ids=["nothing", "body trickles"])
def test_stuck_attempt_is_followed_by_another(
    server: WebServer, target: Path, first: Behaviour
) -> None:
    url = server.serve("/customers.csv", first, content(BODY))
    assert_fetched(url, target, timeout=1)
    assert server.count("/customers.csv") == 2


CUT = f"the connection was cut after {len(BODY) // 2:,} of {len(BODY):,} bytes (gave up after 3"


@pytest.mark.parametrize(
    ("behaviour", "requests", "message"),
    [
        pytest.param(status(404), 1, "the server answered 404 Not Found", id="404"),
        pytest.param(status(403), 1, "the server answered 403 Forbidden", id="403"),
        pytest.param(status(499), 1, "the server answered 499", id="unknown status"),
        pytest.param(status(204), 1, "the server answered 204 No Content", id="no content"),
        pytest.param(
            status(500),
            3,
            "answered 500 Internal Server Error (gave up after 3 attempts)",
            id="500",
        ),
        pytest.param(status(429), 3, "429 Too Many Requests (gave up after 3", id="429"),
        pytest.param(cut(BODY), 3, CUT, id="cut"),
        pytest.param(cut(BODY, chunked=True), 3, "the connection was cut (gave up", id="chunks"),
        pytest.param(drop(), 3, "the connection was cut before an answer came", id="dropped"),
        pytest.param(
            redirect("ftp://ursula:pa55@127.0.0.1/x"), 1, "to another scheme than http", id="ftp"
        ),
        pytest.param(redirect("file:///etc/passwd"), 1, "to another scheme than http", id="file"),
        pytest.param(redirect("http://[pa55"), 1, "is not valid", id="bad redirect"),
        pytest.param(redirect("/customers.csv"), 31, "redirects too many times", id="loop"),
    ],
)
def test_failure_is_named_and_changes_nothing(
    server: WebServer, target: Path, behaviour: Behaviour, requests: int, message: str
) -> None:
    url = server.serve("/customers.csv", behaviour)
    found = refusal(url, target)
    assert found.startswith(f"Cannot download {url}: ")
    assert message in found
    assert "pa55" not in found
    assert server.count("/customers.csv") == requests


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        pytest.param(hang(), "no answer within the time limit of 0.5 s", id="nothing"),
        pytest.param(trickle_headers(), "no answer within", id="headers trickle"),
        pytest.param(hang(BODY), "the download was not complete within", id="half"),
        pytest.param(trickle(BODY), "the download was not complete within", id="body trickles"),
    ],
)
def test_attempt_has_a_time_limit(
    server: WebServer, target: Path, behaviour: Behaviour, message: str
) -> None:
    url = server.serve("/customers.csv", behaviour)
    found = refusal(url, target, timeout=0.5, retries=0)
    assert message in found
    assert found.endswith("(gave up after 1 attempt)")
    assert server.count("/customers.csv") == 1


def test_time_out_is_tried_again(server: WebServer, target: Path) -> None:
    url = server.serve("/customers.csv", hang())
    assert refusal(url, target, timeout=0.5, retries=1).endswith("(gave up after 2 attempts)")
    assert server.count("/customers.csv") == 2


def test_wrong_byte_is_found_and_not_tried_again(server: WebServer, target: Path) -> None:
    url = server.serve("/customers.csv", one_wrong_byte(BODY), content(BODY))
    found = refusal(url, target)
    wrong = bytearray(BODY)
    wrong[len(BODY) // 2] ^= 1
    assert url in found
    assert f"its sha256 is {hashlib.sha256(wrong).hexdigest()}, expected {DIGEST}" in found
    assert "pin the new digest" in found
    assert server.count("/customers.csv") == 1


def test_digest_may_be_in_capitals(server: WebServer, target: Path) -> None:
    assert_fetched(server.serve("/customers.csv", content(BODY)), target, sha256=DIGEST.upper())


def test_unpinned_digest_is_returned_and_logged(
    server: WebServer, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert_fetched(server.serve("/customers.csv", content(BODY)), target, sha256=None)
    assert f"{len(BODY):,} bytes, sha256 {DIGEST} (not pinned)" in caplog.text


def test_size_is_bounded_by_the_announced_length(server: WebServer, target: Path) -> None:
    # The rest of the body never comes: only the header can be the reason.
    url = server.serve("/customers.csv", hang(BODY))
    found = refusal(url, target, max_bytes=len(BODY) - 1)
    assert f"the file has {len(BODY):,} bytes; the limit is {len(BODY) - 1:,}" in found
    assert server.count("/customers.csv") == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        content(BODY, length=False),
        content(gzip.compress(BODY), headers={"content-encoding": "gzip"}),
    ],
)
def test_size_is_bounded_while_reading(
    server: WebServer, target: Path, behaviour: Behaviour
) -> None:
    url = server.serve("/customers.csv", behaviour)
    assert "the file has more; the limit is" in refusal(url, target, max_bytes=len(BODY) - 1)
    assert server.count("/customers.csv") == 1
    assert_fetched(url, target, max_bytes=len(BODY))


def test_reader_ends_when_its_pieces_are_no_longer_taken() -> None:
    full, ended = threading.Event(), threading.Event()

    def endless() -> Pieces:
        try:
            for number in itertools.count():
                if number > http_pieces._QUEUED_PIECES:
                    full.set()
                yield Piece(b"x", None)
        finally:
            ended.set()

    pieces = http_pieces._within(10, endless())
    next(pieces)
    assert full.wait(10)
    pieces.close()
    assert ended.wait(10)


def test_file_is_asked_for_uncompressed(server: WebServer, target: Path) -> None:
    fetch(server.serve("/customers.csv", content(BODY)), target)
    assert server.requests[0].headers["accept-encoding"] == "identity"


def test_redirect_is_followed(server: WebServer, target: Path) -> None:
    server.serve("/new.csv", content(BODY))
    assert_fetched(server.serve("/old.csv", redirect("/new.csv")), target)


def test_missing_folder_is_made(server: WebServer, tmp_path: Path) -> None:
    target = tmp_path / "data" / "raw" / "customers.csv"
    assert_fetched(server.serve("/customers.csv", content(BODY)), target)


def test_target_that_cannot_be_written(server: WebServer, tmp_path: Path) -> None:
    folder = tmp_path / "customers.csv"
    folder.mkdir()
    with pytest.raises(InputError, match=r"customers\.csv: cannot be written: Is a directory"):
        fetch(server.serve("/customers.csv", content(BODY)), folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_refused_connection(target: Path) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))  # taken, but no one listens
        found = refusal(f"http://127.0.0.1:{unheard.getsockname()[1]}/customers.csv", target)
    assert found.endswith("the connection was refused (gave up after 3 attempts)")


def test_proxy_that_is_not_there(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        proxy = f"http://ursula:pa55@127.0.0.1:{unheard.getsockname()[1]}"
        monkeypatch.setenv("http_proxy", proxy)
        found = refusal("http://no-such-host.invalid/customers.csv", target)
    assert found.endswith("the proxy could not be reached, or refused (gave up after 3 attempts)")


def test_unknown_host(target: Path) -> None:
    found = refusal("http://no-such-host.invalid/customers.csv", target, retries=0)
    assert "the host name could not be resolved" in found


def test_https_to_a_server_without_it(server: WebServer, target: Path) -> None:
    found = refusal(f"https://{server.host}/customers.csv", target)
    assert found.endswith("no secure connection (TLS) could be made (gave up after 3 attempts)")


def test_certificate_is_verified(
    tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with WebServer(tls=self_signed(tmp_path / "server.pem")) as server:
        url = server.serve("/customers.csv", content(BODY))
        found = refusal(url, target)
        assert found.endswith("the certificate of the server could not be verified")
        assert server.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
        assert_fetched(url, target)


def test_file_url_is_copied(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "my customers.csv"
    source.write_bytes(BODY)
    assert_fetched(source.as_uri(), target)
    assert source.read_bytes() == BODY


def test_file_url_is_checked_like_any_other(tmp_path: Path, target: Path) -> None:
    source = tmp_path / "customers.csv"
    source.write_bytes(BODY + b"more")
    assert f"expected {DIGEST}" in refusal(source.as_uri(), target)
    found = refusal(source.as_uri(), target, max_bytes=len(BODY))
    assert f"the file has {len(BODY) + 4:,} bytes; the limit is {len(BODY):,}" in found


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("{folder}/missing.csv", "there is no such file"),
        ("{folder}", "this is a folder or a device, not a file"),
        ("file:///dev/zero", "this is a folder or a device, not a file"),
        ("file://elsewhere/customers.csv", "names no host but an absolute path"),
        ("file:customers.csv", "names no host but an absolute path"),
        ("{folder}/customers.csv?version=2", "write ? as %3F"),
        ("{folder}/customers.csv#2", "# as %23"),
    ],
)
def test_file_url_that_cannot_be_used(tmp_path: Path, target: Path, url: str, message: str) -> None:
    assert message in refusal(url.format(folder=tmp_path.as_uri()), target)


@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1/x.csv", "s3://bucket/x.csv", "data/x.csv", "/data/x.csv", "", " http://h"],
)
def test_other_schemes_are_refused(target: Path, url: str) -> None:
    assert "a URL begins with one of http:, https:, file:" in refusal(url, target)


@pytest.mark.parametrize("url", ["http:///x.csv", "http://host:port/x.csv", "https://[::1/x.csv"])
def test_url_without_a_sound_host_is_refused(target: Path, url: str) -> None:
    assert "the URL is not valid" in refusal(url, target)


@pytest.mark.parametrize(
    ("behaviours", "changes"),
    [
        ([content(BODY)], {}),
        ([one_wrong_byte(BODY)], {}),
        ([status(404)], {}),
        ([status(500), drop(), cut(BODY), hang()], {"retries": 3, "timeout": 0.3}),
        ([content(BODY)], {"max_bytes": 10}),
        ([content(BODY, headers={"Bad header ": "x"})], {}),
        ([redirect("http://ursula:pa55@127.0.0.1:1/x?key=t0ken")], {"retries": 0}),
        ([redirect("ftp://ursula:pa55@127.0.0.1:1/x?key=t0ken")], {}),
    ],
)
def test_secrets_are_not_shown(
    server: WebServer,
    target: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    behaviours: list[Behaviour],
    changes: dict[str, object],
) -> None:
    caplog.set_level(logging.DEBUG)
    server.serve("/customers.csv", *behaviours)
    url = f"http://ursula:pa55@{server.host}/customers.csv?key=t0ken"
    shown = ""
    try:
        fetch(url, target, **changes)
    except InputError:
        shown = traceback.format_exc()
    captured = capfd.readouterr()
    shown += caplog.text + captured.out + captured.err
    assert f"http://***@{server.host}/customers.csv?key=***" in shown
    assert [secret for secret in SECRETS if secret in shown] == []
    # The server was told them, though.
    assert server.requests[0].target == "/customers.csv?key=t0ken"
    assert server.requests[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host/a/b.csv", "https://host/a/b.csv"),
        ("https://ursula:pa55@host:8080/a.csv", "https://***@host:8080/a.csv"),
        ("https://t0ken@host/a.csv", "https://***@host/a.csv"),
        ("https://ursula:p@55@host/a.csv", "https://***@host/a.csv"),
        ("https://host/a@1.0.csv", "https://host/a@1.0.csv"),
        ("https://host/a?x=t0ken&y=&t0ken&z=t0=ken", "https://host/a?x=***&y=***&***&z=***"),
        ("https://host/a#t0ken", "https://host/a#***"),
        ("file:///data/a@b.csv", "file:///data/a@b.csv"),
        ("ursula:pa55@host/a.csv", "***@host/a.csv"),
        ("https://ursula:pa/55@host/a.csv", "***@host/a.csv"),
        ("https://ursula:pa?55@host/a?x=t0ken", "***@host/a?***"),
        ("https://ursula:pa#55@host/a.csv", "***@host/a.csv"),
        ("https://ursula:pa55@[::1/a.csv?x=t0ken", "***@[::1/a.csv?***"),
        ("", ""),
    ],
)
def test_redacted(url: str, expected: str) -> None:
    assert redacted(url) == expected


def test_retries_are_logged_with_reason_and_wait(
    server: WebServer,
    target: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BACK_OFF", wait_fixed(0.1))
    url = server.serve("/customers.csv", status(503), content(BODY))
    fetch(url, target)
    assert [record.getMessage() for record in caplog.records] == [
        f"{url}: the server answered 503 Service Unavailable; "
        "trying again in 0.1 s (attempt 1 of 3 failed)"
    ]
    assert caplog.records[0].levelname == "WARNING"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stderr", "bar"), [(Terminal(), True), (io.StringIO(), False)])
def test_progress_bar_is_for_terminals(
    server: WebServer,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    stderr: io.StringIO,
    bar: bool,
) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    fetch(server.serve("/customers.csv", content(BODY)), target)
    assert ("customers.csv:" in stderr.getvalue()) == bar


def test_abandoned_attempt_does_not_keep_the_process(server: WebServer, target: Path) -> None:
    url = server.serve("/customers.csv", trickle_headers())
    code = (
        "import sys; from pathlib import Path; from churn.download import download\n"
        "download(sys.argv[1], Path(sys.argv[2]), sha256=None, timeout=0.3, retries=0,"
        " max_bytes=10)"
    )
    library = Path(module.__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", code, url, target],
        cwd=library,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "no answer within the time limit of 0.3 s" in ended.stderr
