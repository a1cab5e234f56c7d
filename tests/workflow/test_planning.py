"""What makes plans quick changes no plan, and no release of Snakemake has to have it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import snakemake
from support.project import SMALL, Outcome, Project

# Some jobs have new parameters, some are of a new model, and the others are left as they are.
CHANGED = (
    "models=[baseline,logistic_regression,random_forest]",
    *SMALL[1:],
    "evaluation={threshold: {metric: mcc}}",
)
FUNCTIONS = (
    "_safely_store_params",
    "_serialize_param",
    "get_function_params",
    "get_language",
    "process_job",
)
CLASSES = ("ScriptProcessor", "PersistenceBase")


def planned(project: Project, config: tuple[str, ...] = CHANGED, **variables: str) -> Outcome:
    return project.snakemake("--dry-run", config=config, variables=variables).succeeded()


def reasons(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """Give the message of each job and why it is to run; files are named in no order."""
    found = re.findall(r"^Job \d+: (.*)\nReason: (.*)$", outcome.output, flags=re.MULTILINE)
    return sorted((message, sorted(re.split("[,:;] ", reason))) for message, reason in found)


def other_release(folder: Path, names: tuple[str, ...]) -> None:
    """Put a Snakemake into a folder that has other names for what it has under these."""
    package = Path(snakemake.__file__).parent
    shutil.copytree(package, folder / package.name)
    for path in (folder / package.name).rglob("*.py"):
        text = path.read_text()
        renamed = re.sub(rf"\b({'|'.join(names)})\b", r"\1_renamed", text)
        if renamed != text:
            path.write_text(renamed)


def test_plan_is_what_snakemake_alone_would_plan(finished: Project):
    quick = planned(finished)
    finished.path("workflow/rules/planning.smk").write_text("")
    assert reasons(quick) == reasons(planned(finished))
    assert {"Training random_forest", "Evaluating baseline"} <= {job for job, _ in reasons(quick)}
    # What was noted of the parameters is what Snakemake alone would note.
    assert "Nothing to be done" in planned(finished, SMALL).output


@pytest.mark.parametrize("names", [FUNCTIONS, CLASSES])
def test_release_of_snakemake_with_other_names_plans_the_same(
    finished: Project, tmp_path: Path, names: tuple[str, ...]
):
    expected = reasons(planned(finished))
    other_release(tmp_path / "packages", names)
    found = reasons(planned(finished, PYTHONPATH=str(tmp_path / "packages")))
    assert found == expected != []


def test_script_that_is_missing_is_told_before_the_first_job(
    new_project: Callable[[str], Project],
):
    project = new_project("incomplete")
    project.path("workflow/scripts/explain_model.py").unlink()
    assert "explain_model.py" in project.snakemake("--dry-run").failed().output
