"""What a peer is, what it has to do, and what peers share."""

import compileall
import json
import os
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from churn.jobs import ENVIRONMENT
from stages.project import SETTINGS

BENCHMARKS = Path(__file__).resolve().parents[1]
ROOT = BENCHMARKS.parent
LIBRARY = ROOT / "workflow" / "scripts" / "churn"
# Of the peers that need packages of their own.
PEER_PYTHON = ROOT / ".venv-peers" / "bin" / "python"

# Of the caller's environment, what would make the peers unequal or let them out of their folder.
LEFT_OUT = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
LEFT_OUT_PREFIXES = ("CHURN_", "DVC_", "GIT_", "SNAKEMAKE_", "XDG_")


@dataclass(frozen=True)
class Work:
    """The work, the same for every peer.

    Attributes
    ----------
    words : dict of str to str
        What the workflow's ``--config`` takes for it.
    models : tuple of str
        The models, or variants of models, to train and evaluate.
    cores : int
        The cores that may be used.
    settings : dict
        The same work resolved: what the library's functions take.
    """

    words: dict[str, str]
    models: tuple[str, ...]
    cores: int
    settings: dict[str, Any]


class Peer(ABC):
    """One way of running the work.

    It leaves ``results/evaluation/{model}/report.json`` in its project folder.

    Attributes
    ----------
    key : str
        What it is called on the command line and in the results.
    name : str
        Its row of the table.
    """

    key: str
    name: str

    @abstractmethod
    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder `project`, before the clock starts."""

    @abstractmethod
    def command(self, work: Work) -> list[str]:
        """Give the command that does the work from the project folder, and is measured."""

    def change(self, project: Path, work: Work) -> None:
        """Have a project that has done other work do `work`, before the clock starts."""
        write_settings(project, work)

    def environment(self, project: Path) -> dict[str, str]:
        """Give the environment of all commands: no user's settings, and a home of its own."""
        home = project.parent / "home"
        home.mkdir(exist_ok=True)
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in LEFT_OUT and not name.startswith(LEFT_OUT_PREFIXES)
        }
        own = {"HOME": str(home), "TMPDIR": str(home), "DO_NOT_TRACK": "1"}
        # What the workflow sets for its jobs makes others quicker too.
        return {**kept, **ENVIRONMENT, **own}


def copy(source: Path, target: Path) -> None:
    """Copy a file or folder without byte code, then compile the Python files in the copy."""
    if source.is_file():
        shutil.copy2(source, target)
        return
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(target, quiet=1)


def make_plain_project(project: Path, work: Work) -> None:
    """Make a folder with the library, the four stages as programs, and the resolved settings."""
    project.mkdir()
    copy(LIBRARY, project / "churn")
    copy(BENCHMARKS / "stages", project / "stages")
    write_settings(project, work)


def write_settings(project: Path, work: Work) -> None:
    """Write the resolved settings."""
    (project / SETTINGS).write_text(json.dumps(work.settings, indent=2) + "\n", encoding="utf-8")
