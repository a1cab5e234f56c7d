"""Results as objects in S3, with jobs submitted by a command of the user's own."""

from collections.abc import Callable
from pathlib import Path

from support.object_store import ENVIRONMENT, needs_rclone, s3_server
from support.project import Project
from support.slurm import ACCOUNT, PARTITION, command, needs_plugins, needs_slurm, start

pytestmark = [needs_plugins, needs_slurm, needs_rclone]

SUBMIT = (
    f"sbatch --parsable --account={ACCOUNT} --partition={PARTITION} --cpus-per-task={{threads}} "
    "--mem={resources.mem_mb} --time={resources.runtime} --output=printed-by-%j"
)
# What docs/cluster.md gives for SLURM.
STATUS = """#!/bin/sh
case $(squeue --noheader --states=all --jobs="$1" --format=%T) in
    COMPLETED) echo success ;;
    PENDING|CONFIGURING|RUNNING|COMPLETING) echo running ;;
    *) echo failed ;;
esac
"""


def test_results_in_s3_are_those_of_a_local_run(
    new_project: Callable[[str], Project], finished_once: Project, tmp_path: Path
):
    project = new_project("stored")
    status = project.path("status")
    status.write_text(STATUS)
    status.chmod(0o755)
    with s3_server(tmp_path / "objects", "churn") as url:
        call = command(
            *("--cluster-generic-submit-cmd", SUBMIT),
            # As in the profile for Kubernetes.
            "--groups",
            *("train_model=training", "evaluate_model=evaluation", "explain_model=explanation"),
            *("--group-components", "training=2", "evaluation=1", "explanation=1"),
            *("--cluster-generic-status-cmd", str(status)),
            *("--default-storage-provider", "s3"),
            *("--default-storage-prefix", "s3://churn/first"),
            *("--storage-s3-endpoint-url", url),
            *("--shared-fs-usage", "persistence", "software-deployment", "sources", "source-cache"),
            profile="generic",
        )
        first = run(project, call)
        again = run(project, call)
    assert "Champion: logistic_regression" in first
    assert "Nothing to be done" in again
    stored = Project(tmp_path / "objects/churn/first")
    expected = finished_once.digests()
    # What the office holds stays where the run was started.
    office = {name: digest for name, digest in expected.items() if name.startswith("champion/")}
    assert project.digests("champion") == office
    assert stored.digests() == {n: d for n, d in expected.items() if n not in office}
    assert not any(secret in text for secret in ENVIRONMENT.values() for text in (first, again))


def test_kubernetes_profile_plans_all_jobs(new_project: Callable[[str], Project], tmp_path: Path):
    project = new_project("pods")
    with s3_server(tmp_path / "objects", "churn") as url:
        prefix = ("--default-storage-prefix", "s3://churn/first")
        words = ("--dry-run", *prefix, "--storage-s3-endpoint-url", url)
        printed = run(project, command(*words, profile="kubernetes"))
    for model in ("baseline", "logistic_regression"):
        assert f"Training {model}" in printed
    assert "s3://churn/first/results/champion.json" in printed


def run(project: Project, call: list[str]) -> str:
    process = start(project, call, **ENVIRONMENT)
    assert process.wait(timeout=400) == 0, project.path("printed").read_text()
    return project.path("printed").read_text()
