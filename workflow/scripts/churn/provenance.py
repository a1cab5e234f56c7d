"""Where a result comes from: commit, versions, command and a digest of the configuration."""

import hashlib
import json
import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from churn.redaction import hide

PACKAGES = (
    "snakemake",
    "hydra-core",
    "omegaconf",
    "pydantic",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "skops",
    "mlflow",
    "dvc",
)


def commit(folder: str | Path = ".") -> dict[str, Any]:
    """Name the commit that is checked out, and whether files differ from it.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    dict
        ``commit`` (40 hex digits) and ``dirty``; both None outside a repository or without git.
    """
    head = _git("rev-parse", "HEAD", folder=folder)
    changes = _git("status", "--porcelain", folder=folder) if head else None
    return {"commit": head, "dirty": None if changes is None else bool(changes)}


def versions() -> dict[str, str]:
    """Give the version of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def digest(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of plain values; the order of keys does not matter."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def command(words: Sequence[str]) -> str:
    """Write a command as one line for a shell, secrets in URLs hidden."""
    program = Path(words[0]).name if words else ""
    # `python -m snakemake` shows as the path of its main file.
    program = "snakemake" if program == "__main__.py" else program
    return hide(shlex.join([program, *words[1:]]))


def _git(*words: str, folder: str | Path) -> str | None:
    try:
        # Without optional locks it does not disturb another git at work here.
        done = subprocess.run(  # noqa: S603
            ["git", "--no-optional-locks", *words],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
