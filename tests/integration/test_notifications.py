"""Notifications reach real endpoints on this machine, and bad ones cost little and say why."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from churn.notifications import Notifier
from support.certificates import self_signed
from support.mail_server import MailServer
from support.project import ROOT, environment
from support.web_server import WebServer, content, drop, hang, status, trickle_headers

SECRET = "hunter2canary"
SLACK = f"slack://T1JJ3T3L2/A1BRTD4JD/{SECRET}{'x' * 11}/#churn"
SLACK_PATH = f"/services/T1JJ3T3L2/A1BRTD4JD/{SECRET}{'x' * 11}"
TELEGRAM = f"tgram://123456789:{SECRET}/987654"
TELEGRAM_PATH = f"/bot123456789:{SECRET}/sendMessage"
FIXED_HOSTS = ["hooks.slack.com", "api.telegram.org"]
FAILURE = {"rule": "train_model", "wildcards": {"model": "baseline"}, "log": "job.log"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of a project in which one job has failed, and know no address."""
    monkeypatch.chdir(tmp_path)
    Path("job.log").write_text("Error: train_model failed:\n  too <few> customers\n")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in [name for name in os.environ if name.startswith("CHURN_NOTIFY")]:
        monkeypatch.delenv(name)


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


def notifier(timeout: float = 20, **changes: object) -> Notifier:
    levels = {"start": "info", "success": "info", "error": "critical", "gates": "critical"}
    settings = {
        "kind": "apprise",
        "events": ["success", "error", "gates"],
        "levels": levels,
        "timeout": timeout,
        "repeat_after": 3600,
        "log_lines": 5,
    }
    made = Notifier({**settings, **changes}, "shop", ["baseline"], Path("told.json"))
    made.start()
    return made


def webhook(server: WebServer, path: str) -> str:
    return f"json://{server.host}{path}"


def addresses(monkeypatch: pytest.MonkeyPatch, *urls: str, level: str = "") -> None:
    monkeypatch.setenv(f"CHURN_NOTIFY_URLS{level}", " ".join(urls))


def bodies(server: WebServer) -> list[dict]:
    return [json.loads(request.body) for request in server.requests]


def log() -> str:
    return Path("results/logs/notifications.log").read_text()


def test_json_webhook_gets_what_is_worth_reading(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    server.serve("/hook", status(200))
    addresses(monkeypatch, webhook(server, "/hook"))
    notifier().error(False, [FAILURE], 3)
    (body,) = bodies(server)
    assert body["title"].startswith("shop: run FAILED after ")
    assert body["type"] == "failure"
    assert "train_model (model baseline) failed\ntoo <few> customers" in body["message"]
    assert f"Go on with\ncd {Path.cwd()} && " in body["message"]
    assert "CHURN_NOTIFY_URLS 1 (json): delivered" in log()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("address", "path", "answer"),
    [(SLACK, SLACK_PATH, b"ok"), (TELEGRAM, TELEGRAM_PATH, b'{"ok": true, "result": {}}')],
    ids=["slack", "telegram"],
)
def test_services_with_fixed_hosts(
    address: str, path: str, answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tunnel = self_signed(tmp_path / "server.pem", FIXED_HOSTS)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "server.pem"))
    with WebServer(tunnel=tunnel) as proxy:
        proxy.serve(path, content(answer))
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.host}")
        addresses(monkeypatch, address)
        notifier().success(False)
        assert proxy.count(path) == 1, log()
        (body,) = bodies(proxy)
    assert "shop: run finished after" in json.dumps(body)
    assert "baseline" in json.dumps(body)
    assert "delivered" in log()


def test_mail_is_html_with_text_beside_it(monkeypatch: pytest.MonkeyPatch):
    with MailServer("me", SECRET) as server:
        addresses(
            monkeypatch,
            f"mailto://me:{SECRET}@127.0.0.1:{server.port}"
            "?from=run@shop.org&to=you@shop.org&mode=insecure",
        )
        notifier().error(False, [FAILURE], 3)
        (message,) = server.messages
    assert message["subject"].startswith("shop: run FAILED")
    shown = message.get_body(("html",))
    assert shown is not None
    assert "<b>train_model (model baseline) failed</b>" in shown.get_content()
    assert "too &lt;few&gt; customers" in shown.get_content()


def test_mail_server_that_refuses_the_password(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    with MailServer("me", "another") as server:
        addresses(
            monkeypatch,
            f"mailto://me:{SECRET}@127.0.0.1:{server.port}?from=run@shop.org&to=you@shop.org&mode=insecure",
        )
        notifier().success(False)
        assert server.messages == []
    shown = capfd.readouterr().err
    assert "Not notified: CHURN_NOTIFY_URLS 1 (mailto): not delivered (2 attempts)" in shown
    assert SECRET not in shown + log()


@pytest.mark.parametrize(
    ("behaviour", "requests", "answer"),
    [
        (hang(), 2, "timed out"),
        (trickle_headers(), 1, "no answer in time"),
        (status(500), 2, "error=500"),
        (status(403), 2, "error=403"),
        (drop(), 2, "Connection"),
    ],
    ids=["hangs", "trickles", "500", "403", "drops"],
)
def test_bad_endpoint_costs_little_is_tried_twice_and_stops_nobody_else(
    server: WebServer,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    behaviour,
    requests: int,
    answer: str,
):
    server.serve(f"/{SECRET}", behaviour)
    server.serve("/good", status(200))
    addresses(monkeypatch, webhook(server, f"/{SECRET}"), webhook(server, "/good"))
    timeout = 8
    begin = time.monotonic()
    notifier(timeout).success(False)
    assert time.monotonic() - begin < timeout + 1
    assert server.count(f"/{SECRET}") == requests
    assert server.count("/good") == 1
    shown = capfd.readouterr().err
    assert shown.startswith("Not notified: CHURN_NOTIFY_URLS 1 (json): not delivered")
    assert answer in shown
    assert "CHURN_NOTIFY_URLS 2 (json): delivered" in log()
    assert SECRET not in shown + log()


def test_refused_connection_and_no_address(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    addresses(monkeypatch, "json://127.0.0.1:1/x,nonsense://x", "word")
    notifier().success(False)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "refused" in lines[0]
    assert lines[1].endswith("2 (nonsense): not delivered: this is no address that apprise knows")


def test_nothing_in_the_environment_is_said(capfd: pytest.CaptureFixture[str]):
    notifier().success(False)
    assert capfd.readouterr().err == "Not notified: CHURN_NOTIFY_URLS holds no address\n"


def test_levels_have_addresses_of_their_own(server: WebServer, monkeypatch: pytest.MonkeyPatch):
    for path in ("/all", "/critical"):
        server.serve(path, status(200))
    addresses(monkeypatch, webhook(server, "/all"))
    addresses(monkeypatch, webhook(server, "/critical"), level="_CRITICAL")
    notifier().success(False)
    assert (server.count("/all"), server.count("/critical")) == (1, 0)
    notifier().error(False, [FAILURE], 1)
    assert (server.count("/all"), server.count("/critical")) == (1, 1)


def test_equal_failures_are_sent_once_until_a_run_ends_well(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
):
    server.serve("/hook", status(200))
    addresses(monkeypatch, webhook(server, "/hook"))
    other = {**FAILURE, "wildcards": {"model": "forest"}}
    for failure in (FAILURE, other, FAILURE, other):
        notifier().error(False, [failure], 1)
    assert server.count("/hook") == 2
    notifier().success(False)
    notifier().error(False, [FAILURE], 1)
    assert server.count("/hook") == 4


def test_failure_that_reached_nobody_is_sent_again(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
):
    server.serve("/hook", status(500), status(500), status(200))
    addresses(monkeypatch, webhook(server, "/hook"))
    for _ in range(3):
        notifier().error(False, [FAILURE], 1)
    assert server.count("/hook") == 3


def test_start_is_not_waited_for(server: WebServer, monkeypatch: pytest.MonkeyPatch):
    server.serve("/hook", hang())
    addresses(monkeypatch, webhook(server, "/hook"))
    begin = time.monotonic()
    made = notifier(6, events=["start"])
    assert time.monotonic() - begin < 2
    made.success(False)
    assert "CHURN_NOTIFY_URLS 1 (json): not delivered" in log()


def test_log_alone_sends_nothing(server: WebServer, monkeypatch: pytest.MonkeyPatch):
    server.serve("/hook", status(200))
    addresses(monkeypatch, webhook(server, "/hook"))
    notifier(kind="log").error(False, [FAILURE], 1)
    assert server.requests == []
    assert "critical: shop: run FAILED" in log()


def test_sender_that_breaks_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
):
    (tmp_path / "apprise.py").write_text("raise ImportError('no apprise here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    addresses(monkeypatch, "json://127.0.0.1:1/x")
    notifier().success(False)
    shown = capfd.readouterr().err
    assert "CHURN_NOTIFY_URLS: not delivered: ImportError: no apprise here" in shown


def test_whatever_breaks_is_told_in_a_line(capfd: pytest.CaptureFixture[str]):
    # A champion was to be named, but there is no record of one.
    notifier().success(True)
    assert capfd.readouterr().err.startswith("Not notified: FileNotFoundError: ")


def notify_test(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "workflow/scripts/notify_test.py"],
        env=environment() | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_sample_goes_to_every_address_and_tells_what_each_answered(server: WebServer):
    server.serve("/hook", status(200))
    server.serve(f"/{SECRET}", status(404))
    done = notify_test(
        CHURN_NOTIFY_URLS=webhook(server, "/hook"),
        CHURN_NOTIFY_URLS_WARNING=webhook(server, f"/{SECRET}"),
    )
    first, second = done.stdout.splitlines()
    assert first == "CHURN_NOTIFY_URLS 1 (json): delivered"
    assert second.startswith("CHURN_NOTIFY_URLS_WARNING 1 (json): not delivered (2 attempts)")
    assert "error=404" in second
    assert SECRET not in done.stdout + done.stderr
    assert done.returncode == 1
    assert "come to this address (level warning)" in bodies(server)[-1]["message"]


def test_sample_without_an_address():
    done = notify_test()
    assert done.returncode == 1
    assert done.stderr.startswith("Error: no address in the environment; set one of CHURN_NOTIFY")
