"""The environment of the peers that need packages which the project does not."""

import subprocess
import sys
from hashlib import sha256

from peers.base import BENCHMARKS, PEER_PYTHON, ROOT

REQUIREMENTS = (ROOT / "requirements.txt", BENCHMARKS / "requirements-peers.txt")


class InstallError(Exception):
    """The packages of the peers cannot be installed."""


def prepare_environment() -> None:
    """Install the peers' packages, compiled, beside the same versions as here, unless they are.

    Raises
    ------
    InstallError
        With what uv says.
    """
    folder = PEER_PYTHON.parents[1]
    stamp = folder / "installed"
    wanted = sha256(b"".join(path.read_bytes() for path in REQUIREMENTS)).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    files = [word for path in REQUIREMENTS for word in ("--requirement", str(path))]
    call("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
    call(
        *("pip", "install", "--quiet", "--compile-bytecode", "--python", str(PEER_PYTHON)),
        *files,
    )
    stamp.write_text(wanted, encoding="utf-8")


def call(*words: str) -> None:
    """Call uv."""
    try:
        subprocess.run([sys.executable, "-m", "uv", *words], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise InstallError(f"uv cannot install the peers' packages: {error}") from error
