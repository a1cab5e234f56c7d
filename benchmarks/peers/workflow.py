"""The workflow itself."""

import sys
from pathlib import Path

from peers.base import ROOT, Peer, Work, copy

PARTS = ("workflow", "config", "profiles", "environment.yml")


class Workflow(Peer):
    """``snakemake evaluate`` in a fresh copy of the project."""

    key = "workflow"
    name = "this workflow: snakemake evaluate"

    def prepare(self, project: Path, work: Work) -> None:
        """Copy the project's own files."""
        project.mkdir()
        for part in PARTS:
            copy(ROOT / part, project / part)

    def change(self, project: Path, work: Work) -> None:
        """Leave all as it is: what changes is on the command line."""

    def command(self, work: Work) -> list[str]:
        """Give the call that a user would type."""
        return [
            *(sys.executable, "-m", "snakemake", "evaluate", "--cores", str(work.cores)),
            *("--config", *(f"{key}={value}" for key, value in work.words.items())),
        ]
