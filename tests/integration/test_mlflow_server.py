"""Runs of the workflow log to a real MLflow server on PostgreSQL, also while it comes and goes."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from mlflow import MlflowClient
from support.mlflow_server import MlflowServer, hanging_port, postgres
from support.project import SMALL, Outcome, Project, environment
from support.waiting import wait_until

RUNS = 20
SERVER = (*SMALL[:2], "tracking=server")
SECRET = "hidden-word-1234"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with postgres() as uri:
        yield uri


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MlflowServer]:
    server = MlflowServer(database, tmp_path_factory.mktemp("mlflow"))
    server.start()
    yield server
    server.kill()


def settings(experiment: str, *words: str) -> tuple[str, ...]:
    """Log to the server, in an experiment of the test's own."""
    names = f"tracking.experiment={experiment} tracking.registered_model={experiment}"
    return (*SERVER, f"overrides={' '.join([names, *words])}")


def run(project: Project, config: Sequence[str], uri: str) -> Outcome:
    """Run the workflow with the server's address in the environment."""
    return project.snakemake(config=config, variables={"MLFLOW_TRACKING_URI": uri})


def track(project: Project, uri: str) -> Outcome:
    """Do what `make track` does."""
    done = subprocess.run(
        [sys.executable, "workflow/scripts/mlflow_commands.py", "track"],
        cwd=project.folder,
        env=environment() | {"MLFLOW_TRACKING_URI": uri},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Outcome(done.returncode, done.stdout + done.stderr)


def outcome_of(project: Project) -> dict:
    return json.loads(project.path("results/tracking.json").read_text())


def pending(project: Project) -> list[Path]:
    return list(project.path("results/mlflow/pending").glob("*/entry.json"))


def runs_of(server: MlflowServer, experiment: str) -> tuple[list, list]:
    """Give the runs of the workflow and those of models in an experiment."""
    client = MlflowClient(server.uri, server.uri)
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return [], []
    runs = client.search_runs([found.experiment_id], max_results=1000)
    models = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    return [run for run in runs if run not in models], models


def test_runs_in_parallel_folders_are_all_there_and_none_twice(
    finished_once: Project, server: MlflowServer, tmp_path: Path
):
    experiment = "parallel"
    projects = [finished_once.copy(tmp_path / f"{number}") for number in range(RUNS)]
    # Each differs from the others, and they start with no database and no experiment.
    running = [
        project.start(
            project.command(
                config=settings(experiment, f"champion.alpha={(number + 1) / 100}"), cores=1
            ),
            {"MLFLOW_TRACKING_URI": server.uri},
        )
        for number, project in enumerate(projects)
    ]
    for process in running:
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 0, output
    assert [outcome_of(project)["reason"] for project in projects] == [None] * RUNS
    assert {outcome_of(project)["status"] for project in projects} == {"logged"}
    whole, models = runs_of(server, experiment)
    assert len({run.data.tags["content_digest"] for run in whole}) == len(whole) == RUNS
    assert len(models) == 2 * RUNS
    assert {run.data.tags["mlflow.parentRunId"] for run in models} == {
        run.info.run_id for run in whole
    }
    assert all(run.data.tags["complete"] == "true" for run in whole + models)
    assert {run.data.params["champion.alpha"] for run in whole} == {
        f"{(number + 1) / 100}" for number in range(RUNS)
    }
    # Of the same model, one is stored, or a few by those that were first at the same time.
    client = MlflowClient(server.uri, server.uri)
    aliases = client.get_registered_model(experiment).aliases
    assert "champion" in aliases


def test_server_that_is_not_there_costs_nothing_but_time(finished: Project, server: MlflowServer):
    with hanging_port() as port:
        uri = f"http://someone:{SECRET}@127.0.0.1:{port}"
        config = settings("down", "tracking.request_timeout=1")
        outcome = run(finished, config, uri).succeeded()
    assert "MLflow has not taken 1 run(s)" in outcome.output
    assert outcome_of(finished)["status"] == "pending"
    summary = json.loads(finished.path("results/pipeline_summary.json").read_text())
    assert summary["tracking"]["status"] == "pending"
    assert outcome_of(finished)["seconds"] < 30
    # Nobody listens: another run, whose results take the place of those that wait.
    config = settings("down", "champion.alpha=0.2")
    closed = f"http://someone:{SECRET}@127.0.0.1:1"
    run(finished, config, closed).succeeded()
    assert len(pending(finished)) == 2
    assert track(finished, closed).code == 1
    assert not secrets_in(finished)
    track(finished, server.uri).succeeded()
    assert pending(finished) == []
    whole, models = runs_of(server, "down")
    assert {run.data.params["champion.alpha"] for run in whole} == {"0.05", "0.2"}
    assert len(models) == 4
    assert run(finished, config, server.uri).succeeded().jobs == []


def secrets_in(project: Project) -> list[str]:
    """Name the files that hold the password."""
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if SECRET.encode() in path.read_bytes()]


def test_next_run_logs_what_a_killed_server_did_not_take(
    finished: Project, database: str, tmp_path: Path
):
    server = MlflowServer(database, tmp_path / "server")
    server.start()
    config: Sequence[str] = settings("killed", "tracking.request_timeout=2")
    process = finished.start(finished.command(config=config), {"MLFLOW_TRACKING_URI": server.uri})
    # In the middle: a first model is logged, the whole is not.
    wait_until(lambda: bool(runs_of(server, "killed")[1]), "logging of the first model")
    server.kill()
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert outcome_of(finished)["status"] == "pending"
    server.start()
    again = run(finished, config, server.uri).succeeded()
    assert again.jobs == ["Logging to MLflow"]
    whole, models = runs_of(server, "killed")
    assert (len(whole), len(models)) == (1, 2)
    assert all(run.info.status == "FINISHED" for run in whole + models)
    assert len(models[0].outputs.model_outputs) == 1
    assert run(finished, config, server.uri).succeeded().jobs == []
    server.kill()


def test_without_an_address_nothing_starts(finished: Project):
    outcome = run(finished, SERVER, "").failed()
    assert "tracking.mode: 'server' needs the environment variable MLFLOW_TRACKING_URI" in (
        outcome.output
    )
