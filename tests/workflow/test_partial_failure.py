"""A model that fails takes nothing from the others, and the next run does only what is missing."""

from collections.abc import Callable

import pandas as pd
from support.project import SMALL, Project

PARTIAL = "results/partial_leaderboard.csv"


def test_evaluated_models_are_ranked_and_the_missing_one_is_named(
    new_project: Callable[[str], Project],
):
    project = new_project("partial")
    project.edit(
        "workflow/scripts/train_model.py",
        "def main() -> None:",
        "from pathlib import Path\n\n\ndef main() -> None:\n"
        '    made = snakemake.wildcards.model == "logistic_regression"\n'
        '    if not made and not Path("cured").exists():\n'
        "        raise SystemExit(1)",
    )
    outcome = project.snakemake().failed()
    assert "Missing, so that no champion was named: baseline." in outcome.output
    assert list(pd.read_csv(project.path(PARTIAL))["model"]) == ["logistic_regression"]
    assert not project.path("results/leaderboard.csv").exists()
    project.path("cured").touch()
    again = project.snakemake().succeeded()
    assert [job for job in again.jobs if "logistic_regression" in job] == []
    assert not project.path(PARTIAL).exists()
    assert len(pd.read_csv(project.path("results/leaderboard.csv"))) == 2
    # A wider choice is given up again: nothing is to be done.
    project.path("cured").unlink()
    wider = ("models=[baseline,logistic_regression,random_forest]", *SMALL[1:])
    project.snakemake(config=wider).failed()
    assert set(pd.read_csv(project.path(PARTIAL))["model"]) == {"baseline", "logistic_regression"}
    assert "Nothing to be done" in project.snakemake("--dry-run").succeeded().output
    assert project.path(PARTIAL).exists()
    assert "Nothing to be done" in project.snakemake().succeeded().output
    assert not project.path(PARTIAL).exists()
