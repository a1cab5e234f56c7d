"""The workflow itself."""

import sys
from pathlib import Path

from peers.base import ROOT, Peer, Work, copy

PARTS = ("workflow", "config", "profiles", "environment.yml")


def config_words(table: str, models: tuple[str, ...]) -> dict[str, object]:
    """Give what the workflow's ``--config`` takes for the work."""
    return {
        "data": "telco",
        "model": list(models),
        "overrides": f"data.source.url={table}",
    }


class Workflow(Peer):
    """``snakemake evaluate`` in a fresh copy of the project."""

    name = "this workflow: snakemake evaluate"

    def prepare(self, project: Path, work: Work) -> None:
        """Copy the project's own files."""
        project.mkdir()
        for part in PARTS:
            copy(ROOT / part, project / part)

    def command(self, work: Work) -> list[str]:
        """Give the call that a user would type."""
        words = config_words(work.table, work.models)
        words["model"] = f"[{','.join(work.models)}]"
        return [
            *(sys.executable, "-m", "snakemake", "evaluate", "--cores", str(work.cores)),
            *("--config", *(f"{key}={value}" for key, value in words.items())),
        ]
