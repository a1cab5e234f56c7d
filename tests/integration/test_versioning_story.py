"""A month of runs, and the first of them restored in a fresh clone from an S3 server."""

import json
from collections.abc import Callable
from pathlib import Path

from support.project import Project
from support.s3_server import S3Server
from support.versioned import VersionedProject

MODELS = "models:\n  - baseline\n  - logistic_regression\n"
SHIPPED = f"{MODELS}  - random_forest\n  - gradient_boosting\n  - hist_gradient_boosting\n"


def set_up(project: Project, s3: S3Server) -> VersionedProject:
    """Let the project's own files say all: small data, two models, versions on S3."""
    project.edit("config/config.yaml", SHIPPED, MODELS)
    project.edit("config/config.yaml", "versioning: local", "versioning: s3")
    rows = next(
        line
        for line in project.path("config/data/synthetic.yaml").read_text().splitlines()
        if line.strip().startswith("rows:")
    )
    project.edit("config/data/synthetic.yaml", rows, "  rows: 400")
    project.edit("config/versioning/s3.yaml", "url: ???", "url: s3://churn/versions")
    project.edit("config/versioning/s3.yaml", "endpoint: null", f"endpoint: {s3.endpoint}")
    project.edit("config/versioning/s3.yaml", "region: null", "region: us-east-1")
    return VersionedProject.of(project)


def run(project: VersionedProject) -> list[str]:
    """Run the workflow as its files say, and give its jobs."""
    return project.snakemake(config=("versioning=s3",)).succeeded().jobs


def named(project: Project) -> list[str]:
    """Give the digests of all champions so far."""
    champion = json.loads(project.path("results/champion.json").read_text())
    return [entry["digest"] for entry in champion["history"]]


def test_a_month_of_runs(new_project: Callable[[str], Project], s3: S3Server, tmp_path: Path):
    project = set_up(new_project("project"), s3)
    assert "Versioning the results" in run(project)
    first = project.commit("First run")
    results_of_first, champions_of_first = project.digests(), named(project)

    project.edit("config/data/synthetic.yaml", "seed: 42", "seed: 43")
    assert "Training logistic_regression" in run(project)
    second = project.commit("Other customers")
    results_of_second = project.digests()

    project.edit("config/model/logistic_regression.yaml", "C: 1.0", "C: 0.1")
    assert "Training logistic_regression" in run(project)
    project.commit("Another model")
    assert len(named(project)) > len(champions_of_first)
    # The versions of all three runs are on the server, whole.
    assert s3.objects()
    assert all(s3.objects().values())

    # Rolled back: what the second run gave, and nothing to do.
    project.restore("--rev", second).succeeded()
    assert project.digests() == results_of_second
    assert run(project) == []
    assert project.dvc("status").strip() == "Data and pipelines are up to date."
    project.commit("Roll back to the second run")
    # And forward again: no model is trained, only the champion is named anew.
    project.edit("config/model/logistic_regression.yaml", "C: 1.0", "C: 0.1")
    outcome = project.snakemake(config=("versioning=s3",)).succeeded()
    assert "An equal earlier run is restored" in outcome.output
    assert [job for job in outcome.jobs if job.startswith(("Training", "Evaluating"))] == []

    clone = project.clone(tmp_path / "clone")
    clone.restore("--rev", first).succeeded()
    assert clone.digests() == results_of_first
    assert named(clone) == champions_of_first
    assert run(clone) == []
    assert "seed: 42" in clone.path("config/data/synthetic.yaml").read_text()

    # Another clone shares the remote, and so need not train what the first has trained.
    other = project.clone(tmp_path / "other")
    outcome = other.snakemake(config=("versioning=s3",)).succeeded()
    assert "An equal earlier run is restored" in outcome.output
    assert outcome.jobs == ["Versioning the results"]
    assert other.digests() == results_of_second
