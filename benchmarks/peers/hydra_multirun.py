"""Hydra's multirun over the models, with the joblib launcher."""

import shlex
from pathlib import Path

from peers.base import PEER_PYTHON, Peer, Work, make_plain_project


class HydraMultirun(Peer):
    """The data's stages, then a Hydra application, a job a model; nothing is cached."""

    key = "hydra_multirun"
    name = "Hydra multirun, joblib launcher"

    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder."""
        make_plain_project(project, work)

    def command(self, work: Work) -> list[str]:
        """Give both calls as one."""
        models = ",".join(f"'{name}'" for name in work.models)
        application = [
            *(str(PEER_PYTHON), "-m", "stages.hydra_application", "--multirun"),
            *("hydra/launcher=joblib", f"hydra.launcher.n_jobs={work.cores}", f"model={models}"),
        ]
        data = [str(PEER_PYTHON), "-m", "stages.prepare_data"]
        return ["sh", "-c", f"{shlex.join(data)} && {shlex.join(application)}"]
