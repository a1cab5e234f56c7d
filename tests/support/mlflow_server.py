"""An MLflow server on a PostgreSQL database, both on this machine and of the test's own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from support.waiting import wait_until

# Where Debian puts what is not on the path.
DEBIAN = Path("/usr/lib/postgresql")
TIMEOUT = 180


def free_port() -> int:
    """Give a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_program(name: str) -> str:
    """Find a program of PostgreSQL, or skip the test."""
    found = sorted(DEBIAN.glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return path


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server on a new cluster, give the URI of its database."""
    initdb, server = postgres_program("initdb"), postgres_program("postgres")
    # It refuses to be run by root; Debian's package makes a user for it.
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    # Not in pytest's folder, which is closed to that user.
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        if user:
            shutil.chown(folder, "postgres")
        data, port = f"{folder}/data", free_port()
        options = ["-A", "trust", "-U", "mlflow", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            [*user, initdb, "-D", data, *options], check=True, capture_output=True, cwd="/"
        )
        settings = ["-c", "fsync=off", "-c", f"unix_socket_directories={folder}"]
        settings += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]
        process = subprocess.Popen(
            [*user, server, "-D", data, "-p", str(port), *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        try:
            wait_until(lambda: is_listening(port), "PostgreSQL's start")
            yield f"postgresql+psycopg2://mlflow@127.0.0.1:{port}/postgres"
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.wait()


def is_listening(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class MlflowServer:
    """A real MLflow server, which can be killed and started again on the same database.

    Parameters
    ----------
    database : str
        URI of the database.
    folder : Path
        Where the artifacts and the log go.
    """

    def __init__(self, database: str, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    @property
    def uri(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = ["--backend-store-uri", self.database, "--host", "127.0.0.1"]
        words += ["--port", str(self.port), "--workers", "2"]
        words += ["--artifacts-destination", str(self.folder / "artifacts")]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *words],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
                start_new_session=True,
            )
        wait_until(self.answers, "the start of MLflow's server")

    def answers(self) -> bool:
        """Tell whether it is up."""
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        try:
            return requests.get(f"{self.uri}/health", timeout=2).ok
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """End it at once, with all of its workers."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@contextmanager
def hanging_port() -> Iterator[int]:
    """Give a port that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(50)
        yield int(server.getsockname()[1])
