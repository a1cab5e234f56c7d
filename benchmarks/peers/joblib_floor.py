"""The floor: the work without a workflow tool."""

import sys
from pathlib import Path

from peers.base import Peer, Work, make_plain_project


class JoblibFloor(Peer):
    """One process through the library, the models spread over the cores by joblib."""

    key = "floor"
    name = "the floor: one process, joblib over the cores"

    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder."""
        make_plain_project(project, work)

    def command(self, work: Work) -> list[str]:
        """Give the one call that does it all."""
        return [sys.executable, "-m", "stages.all_in_one"]
