"""``dvc repro`` of the same four stages."""

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from stages import project as layout

from peers.base import Peer, Work, make_plain_project

DVC = (sys.executable, "-m", "dvc")
GIT = ("git", "-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")
IGNORED = "__pycache__/\nresults/\n"

Stage = dict[str, Any]


class DvcRepro(Peer):
    """A git and DVC project with the stages as programs over the same library.

    Parameters
    ----------
    key : str
    name : str
        Its row of the table.
    stages : callable
        Gives the stages of ``dvc.yaml`` that train and evaluate the models.
    """

    def __init__(self, key: str, name: str, stages: Callable[[Work], dict[str, Stage]]) -> None:
        self.key = key
        self.name = name
        self.stages = stages

    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder, with everything committed."""
        make_plain_project(project, work)
        stages = {**data_stages(), **self.stages(work)}
        (project / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}, sort_keys=False))
        (project / ".gitignore").write_text(IGNORED)
        for command in (
            (*GIT, "init", "--quiet"),
            (*DVC, "init", "--quiet"),
            # The measured command shall start nothing in the background.
            (*DVC, "config", "core.analytics", "false"),
            (*DVC, "config", "core.check_update", "false"),
            (*GIT, "add", "--all"),
            (*GIT, "commit", "--quiet", "--message", "the project"),
        ):
            subprocess.run(command, cwd=project, env=self.environment(project), check=True)

    def command(self, work: Work) -> list[str]:
        """Give the call that a user would type."""
        return [*DVC, "repro"]

    def environment(self, project: Path) -> dict[str, str]:
        """Keep what DVC knows of a machine in the peer's own folder too."""
        environment = super().environment(project)
        return {**environment, "DVC_SITE_CACHE_DIR": f"{environment['HOME']}/site_cache"}


def data_stages() -> dict[str, Stage]:
    """Give the stages before the models."""
    return {
        "download_data": stage(
            "download_data",
            deps=[],
            params=["source"],
            outs=[layout.RAW, layout.FACTS],
        ),
        "process_features": stage(
            "process_features",
            deps=[layout.RAW],
            params=["data", "features", "seed"],
            outs=[layout.TRAIN, layout.TEST, layout.PROFILE],
        ),
    }


def model_stages(models: tuple[str, ...], jobs: int) -> dict[str, Stage]:
    """Give training and evaluation of the models, in so many processes."""
    trained = {model: layout.training_outputs(model) for model in models}
    return {
        "train_model": stage(
            "train_model",
            str(jobs),
            *models,
            deps=[layout.TRAIN],
            params=[*(f"models.{model}" for model in models), "training", "seed"],
            outs=[path for model in models for path in trained[model].values()],
        ),
        "evaluate_model": stage(
            "evaluate_model",
            str(jobs),
            *models,
            deps=[
                layout.TRAIN,
                layout.TEST,
                *(trained[model][file] for model in models for file in ("model", "out_of_fold")),
            ],
            params=["evaluation", "slices", "seed"],
            outs=[path for model in models for path in layout.evaluation_outputs(model).values()],
        ),
    }


def stage_per_model(work: Work) -> dict[str, Stage]:
    """Give training and evaluation as DVC's matrix over the models."""
    matrix = {"matrix": {"model": list(work.models)}}
    return {
        name: {**matrix, **body} for name, body in model_stages(("${item.model}",), jobs=1).items()
    }


def models_in_turn(work: Work) -> dict[str, Stage]:
    """Give training and evaluation as one stage each, one model after the other."""
    return model_stages(work.models, jobs=1)


def models_in_parallel(work: Work) -> dict[str, Stage]:
    """Give training and evaluation as one stage each, the models spread over the cores."""
    return model_stages(work.models, jobs=work.cores)


def stage(
    program: str, *arguments: str, deps: list[str], params: list[str], outs: list[str]
) -> Stage:
    """Give the stage that runs one of the programs."""
    return {
        "cmd": " ".join([shlex.quote(sys.executable), "-m", f"stages.{program}", *arguments]),
        "deps": [f"stages/{program}.py", *deps],
        "params": [{layout.SETTINGS: params}],
        "outs": outs,
    }
