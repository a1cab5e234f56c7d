"""What is done with MLflow by hand: log what waits, move the champion's alias, open the page."""

import argparse
import signal
import subprocess
import sys
import time
import webbrowser
from pathlib import Path
from typing import Any

import requests
from churn import locking, mlflow_store, registry, tracking_queue, tracking_spool
from churn.config.loading import load
from churn.errors import InputError
from churn.redaction import hide_in_urls
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

FOLDER = mlflow_store.FOLDER
# The workflow's own; two must not log at the same time from one folder.
RUNNING = Path(".snakemake/churn/lock")
START_TIMEOUT = 120


def main() -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, command in (
        ("track", track),
        ("promote", promote),
        ("rollback", roll_back),
        ("ui", show),
    ):
        sub = commands.add_parser(name, help=command.__doc__, description=command.__doc__)
        sub.set_defaults(command=command)
        sub.add_argument("--config", "-C", nargs="*", default=[], metavar="KEY=VALUE")
        sub.add_argument("--configfile", "--configfiles", nargs="+", default=[], metavar="FILE")
        if name in ("promote", "rollback"):
            sub.add_argument("--reason", required=True, help="why; it is noted with the version")
        if name == "promote":
            sub.add_argument("--version", help="number of the version; the challenger by default")
        if name == "ui":
            sub.add_argument("--port", type=int, default=5000)
            sub.add_argument("--no-browser", action="store_true", help="only print the address")
    words = parser.parse_args()
    try:
        words.command(words)
    except InputError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        sys.exit(f"Error:\n{lines}")


def track(words: argparse.Namespace) -> None:
    """Log the runs that wait."""
    del words
    waiting = tracking_spool.entries(FOLDER / mlflow_store.PENDING)
    limit = max((entry.content["tracking"]["time_limit"] for entry in waiting), default=0)
    if not waiting:
        print("MLflow: nothing is left to be logged")
        return
    with locking.lock(RUNNING):
        outcome = tracking_queue.work_off(FOLDER, limit)
    print(tracking_queue.as_text(outcome))
    if outcome["status"] == "pending":
        sys.exit(1)


def promote(words: argparse.Namespace) -> None:
    """Make a version champion."""
    settings = tracking_settings(words)
    client = registry_client(settings)
    name = settings["registered_model"]
    print(registry.promote(client, name, words.version, words.reason))


def roll_back(words: argparse.Namespace) -> None:
    """Give the office back to the champion before."""
    settings = tracking_settings(words)
    client = registry_client(settings)
    print(registry.roll_back(client, settings["registered_model"], words.reason))


def show(words: argparse.Namespace) -> None:
    """Open MLflow's page."""
    settings = tracking_settings(words)
    if settings["mode"] == "server":
        page = hide_in_urls(mlflow_store.server_uri())
        print(f"MLflow: {page}")
        if not words.no_browser:
            webbrowser.open(page)
        return
    # Makes the database, should nothing have been logged yet.
    registry_client(settings)
    page = f"http://127.0.0.1:{words.port}"
    # The server ends with this process, however it is asked to.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    server = subprocess.Popen(ui_command(words.port))  # noqa: S603
    try:
        wait_for(page, server)
        print(f"MLflow: {page} (ends with Ctrl-C)", flush=True)
        if not words.no_browser:
            webbrowser.open(page)
        sys.exit(server.wait())
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        server.wait()


def ui_command(port: int) -> list[str]:
    """Give the command that serves the local store to this machine alone."""
    uri = mlflow_store.local_uri(FOLDER)
    address = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, *address]


def wait_for(page: str, server: subprocess.Popen) -> None:
    """Wait until the page is there."""
    end = time.monotonic() + START_TIMEOUT
    while time.monotonic() < end:
        if server.poll() is not None:
            raise InputError(f"mlflow's server has ended with code {server.returncode}")
        try:
            if requests.get(f"{page}/health", timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise InputError(f"mlflow's server does not answer at {page}")


def registry_client(settings: dict[str, Any]) -> Any:
    """Connect, the database made or upgraded by nobody else at the same time."""
    with mlflow_store.alone(FOLDER, settings["time_limit"]):
        return mlflow_store.connect(FOLDER, settings)


def tracking_settings(words: argparse.Namespace) -> dict[str, Any]:
    """Compose the configuration and give its section on tracking."""
    overlay: dict = {}
    for path in words.configfile:
        update_config(overlay, load_configfile(path))
    # Models are of no matter here.
    run = load("config", overlay, parse_config(words.config), lambda models: {})
    settings = tracking_queue.with_names(run.section("tracking"), run.section("project"))
    if settings["mode"] == "off":
        raise InputError("tracking.mode is 'off': there is no MLflow; add --config tracking=local")
    return settings


if __name__ == "__main__":
    main()
