"""A plain Snakefile: the stages as programs, a fresh interpreter a job."""

import json
import sys
from pathlib import Path

from stages import project as layout

from peers.base import Peer, Work, make_plain_project

SNAKEFILE = f"""
import json

SETTINGS = json.load(open({json.dumps(layout.SETTINGS)}))
MODEL, EVALUATION = TRAINED, EVALUATED


rule all:
    input:
        expand(EVALUATION["report"], model=SETTINGS["models"]),


rule download_data:
    output: {json.dumps([layout.RAW, layout.FACTS])}
    params: source=SETTINGS["source"]
    shell: "PYTHON -m stages.download_data"


rule process_features:
    input: {json.dumps(layout.RAW)}
    output: {json.dumps([layout.TRAIN, layout.TEST, layout.PROFILE])}
    params: settings=[SETTINGS[key] for key in ("data", "features", "seed")]
    shell: "PYTHON -m stages.process_features"


rule train_model:
    input: {json.dumps(layout.TRAIN)}
    output: **MODEL
    params:
        model=lambda wildcards: SETTINGS["models"][wildcards.model],
        settings=[SETTINGS[key] for key in ("training", "seed")],
    # Before any evaluation.
    priority: 1
    shell: "PYTHON -m stages.train_model SHARE {{wildcards.model:q}}"


rule evaluate_model:
    input: MODEL["model"], MODEL["out_of_fold"], {json.dumps(layout.TEST)}
    output: **EVALUATION
    params: settings=[SETTINGS[key] for key in ("evaluation", "slices", "seed")]
    shell: "PYTHON -m stages.evaluate_model SHARE {{wildcards.model:q}}"
"""


class PlainSnakefile(Peer):
    """Snakemake with nothing done about its speed."""

    key = "plain_snakefile"
    name = "a plain Snakefile, a fresh interpreter a job"

    def prepare(self, project: Path, work: Work) -> None:
        """Make the project folder with a Snakefile."""
        make_plain_project(project, work)
        text = (
            SNAKEFILE.replace("TRAINED", repr(layout.training_outputs("{model}")))
            .replace("EVALUATED", repr(layout.evaluation_outputs("{model}")))
            .replace("PYTHON", sys.executable)
            .replace("SHARE", str(min(work.cores, len(work.models))))
        )
        (project / "Snakefile").write_text(text, encoding="utf-8")

    def command(self, work: Work) -> list[str]:
        """Give the call that a user would type."""
        return [sys.executable, "-m", "snakemake", "--cores", str(work.cores)]
