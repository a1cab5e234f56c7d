"""Reach MLflow: the address, time limits, and no secret in any message.

MLflow is imported inside functions, and only after its settings are made.
"""

import logging
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from filelock import FileLock

from churn import mlflow_database
from churn.errors import InputError
from churn.redaction import HIDDEN, hide_in_urls

if TYPE_CHECKING:
    from mlflow import MlflowClient

URI, USER, PASSWORD = "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
SECRETS = (PASSWORD, "MLFLOW_TRACKING_TOKEN")
FOLDER = Path("results/mlflow")
DATABASE, ARTIFACTS, LOCK = "mlflow.db", "artifacts", "lock"
# What waits to be logged, and the file that tells that an entry of it is whole.
PENDING, ENTRY = "pending", "entry.json"
RETRIES = 2
# Seconds; long enough for what a library tidies up when it is stopped.
REPEATED = 0.5


def is_pending(folder: Path = FOLDER) -> bool:
    """Tell whether anything waits to be logged."""
    return any((folder / PENDING).glob(f"*/{ENTRY}"))


class TimeUp(BaseException):
    """The time limit is reached; no `Exception`, so that no library takes it for a retry."""


def connect(folder: Path, tracking: Mapping[str, Any]) -> "MlflowClient":
    """Give a client for the store that the config names; a local one is made ready.

    Call it within `alone`.

    Parameters
    ----------
    folder : Path
        Folder of the local store.
    tracking : mapping
        The section of the config; its mode is local or server.

    Returns
    -------
    MlflowClient

    Raises
    ------
    InputError
        If the mode is server and the environment names none.
    """
    uri = local_uri(folder) if tracking["mode"] == "local" else server_uri()
    _limit_requests(int(tracking["request_timeout"]))
    # Both take seconds to import, so not before they are needed.
    import mlflow
    from mlflow import MlflowClient

    # Not all of MLflow's functions take a client.
    if tracking["mode"] == "local":
        mlflow_database.make_ready(folder / DATABASE)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return MlflowClient(uri, uri)


def local_uri(folder: Path) -> str:
    """Give the URI of the local database; its folder is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{(folder / DATABASE).resolve()}"


def server_uri() -> str:
    """Give the server's URI; user and password in it move to variables of their own.

    Returns
    -------
    str
        A URI that may be shown, unless it is that of a database.

    Raises
    ------
    InputError
        If the environment names no server.
    """
    uri = os.environ.get(URI, "").strip()
    if not uri:
        raise InputError(
            f"tracking.mode: 'server' needs the environment variable {URI}, such as "
            "https://mlflow.example.org"
        )
    parts = urlsplit(uri)
    if not parts.scheme.startswith("http") or "@" not in parts.netloc:
        return uri
    login, _, host = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    os.environ[USER], os.environ[PASSWORD] = unquote(user), unquote(password)
    os.environ[URI] = urlunsplit(parts._replace(netloc=host))
    return os.environ[URI]


def _limit_requests(seconds: int) -> None:
    limits = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": seconds,
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": RETRIES,
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": 1,
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    os.environ.update({name: str(value) for name, value in limits.items()})


@contextmanager
def alone(folder: Path, seconds: float) -> Iterator[None]:
    """Keep other processes from making or upgrading the database, or logging, at the same time.

    Parameters
    ----------
    folder : Path
        Folder of the local store.
    seconds : float
        How long to wait for the others; then filelock's Timeout is raised.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / LOCK, timeout=seconds):
        yield


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUp` in the main thread when the time is up.

    Again each `REPEATED` seconds until the block is left: what is raised while Python runs a
    destructor or a callback of a weak reference is lost.
    """

    def stop(signum: int, frame: object) -> None:
        raise TimeUp

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, REPEATED)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def without_secrets(text: str) -> str:
    """Hide secrets in a text: those in URLs, and those of the environment."""
    text = hide_in_urls(text)
    for name in SECRETS:
        if os.environ.get(name):
            text = text.replace(os.environ[name], HIDDEN)
    return text


class _Redacting(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True


def redact_log() -> None:
    """Hide secrets in everything that this process logs, libraries included."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Redacting())
