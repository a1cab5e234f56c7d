"""Kedro, with its two runners that use processes of this machine."""

from pathlib import Path

from peers.base import PEER_PYTHON, Peer, Work, make_plain_project


class KedroRun(Peer):
    """The stages as nodes of a pipeline, a node a model; nothing is cached.

    Parameters
    ----------
    runner : {"sequential", "parallel"}
    """

    def __init__(self, runner: str) -> None:
        self.key = f"kedro_{runner}"
        self.name = f"Kedro, {runner} runner"
        self.runner = runner

    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder."""
        make_plain_project(project, work)

    def command(self, work: Work) -> list[str]:
        """Give the program that makes the pipeline and runs it."""
        return [str(PEER_PYTHON), "-m", "stages.kedro_pipeline", self.runner]
