"""Sweeps resume, grow by their new points alone, and name a point that fails."""

import os
import re
import signal
import subprocess
from collections.abc import Callable

import pandas as pd
from support.project import Project, environment

COMPARE = {
    "Comparing the models",
    "Naming the champion",
    "Drawing the plots",
    "Writing the model card",
}
POINTS = [f"{number / 10:g}" for number in range(1, 25)]


def sweep(values: list[str]) -> tuple[str, ...]:
    words = f"model.params.C={','.join(values)}"
    return ("data={source: {rows: 400}}", "model=logistic_regression", f"overrides={words}")


def variant(value: str) -> str:
    return f"logistic_regression+C={value}"


def test_killed_sweep_runs_only_what_is_missing_and_grows_by_new_points_alone(
    new_project: Callable[[str], Project],
):
    project = new_project("sweep")
    config = sweep(POINTS)
    process = project.start(project.command(config=config))
    assert process.stdout is not None
    # Killed when half of all training has ended; a job that ended is not run again.
    started: dict[str, str] = {}
    ended: set[str] = set()
    for line in process.stdout:
        if job := re.match(r"Job (\d+): (.*)", line):
            started[job[1]] = job[2]
        elif job := re.match(r"Finished jobid: (\d+) ", line):
            ended.add(started[job[1]])
        if sum(message.startswith("Training") for message in ended) == len(POINTS) // 2:
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.wait(timeout=60)
    stages = ("Training", "Evaluating", "Explaining")
    every = {f"{stage} {variant(v)}" for stage in stages for v in POINTS}
    every.add("Looking for leaks")
    outcome = project.snakemake(config=config).succeeded()
    assert set(outcome.jobs) == (every - ended) | COMPARE
    before = project.digests("models", "evaluation")

    outcome = project.snakemake(config=sweep([*POINTS, "7"])).succeeded()
    new = variant("7")
    assert outcome.jobs == sorted([*(f"{stage} {new}" for stage in stages), *COMPARE])
    after = project.digests("models", "evaluation")
    assert {name: after[name] for name in before} == before
    board = pd.read_csv(project.path("results/leaderboard.csv"), index_col="model")
    assert len(board) == 25
    assert board.loc[new, "model.params.C"] == 7


def test_failing_point_is_named_and_alone_runs_again(finished: Project):
    # scikit-learn finds out only when it fits that lbfgs knows no such penalty.
    words = "+model.params.l1_ratio=1.0 model.params.solver=lbfgs,liblinear"
    config = ("model=logistic_regression", "data={source: {rows: 400}}", f"overrides={words}")
    failing, fine = (f"logistic_regression+solver={name}" for name in ("lbfgs", "liblinear"))
    outcome = finished.snakemake(config=config).failed()
    assert f"Error: train_model {failing} failed:" in outcome.output
    assert f"Evaluating {fine}" in outcome.jobs
    assert finished.path(f"results/evaluation/{fine}/report.json").exists()
    assert finished.snakemake(config=config).failed().jobs == [f"Training {failing}"]


def test_single_override_retrains_that_model_and_going_back_gives_the_old_bytes(
    finished: Project,
):
    before = finished.digests("models", "evaluation", "leaderboard.csv")
    words = "overrides=model.params.C=0.05"
    config = ("model=logistic_regression", "data={source: {rows: 400}}")
    outcome = finished.snakemake("evaluate", config=(*config, words)).succeeded()
    assert outcome.jobs == ["Evaluating logistic_regression", "Training logistic_regression"]
    assert finished.digests("models", "evaluation", "leaderboard.csv") != before
    finished.snakemake().succeeded()
    assert finished.digests("models", "evaluation", "leaderboard.csv") == before


def test_one_model_outside_the_workflow_has_the_same_bytes(finished: Project):
    command = [
        *(finished.command(config=())[:1]),
        "workflow/scripts/train_with_config.py",
        "model=logistic_regression",
        "data.source.rows=400",
    ]
    done = subprocess.run(
        command, cwd=finished.folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    single = finished.path("results/single/logistic_regression")
    for name, place in {
        "model.skops": "models/logistic_regression",
        "metrics.json": "models/logistic_regression",
        "config.yaml": "models/logistic_regression",
        "report.json": "evaluation/logistic_regression",
        "predictions.parquet": "evaluation/logistic_regression",
    }.items():
        expected = finished.path(f"results/{place}/{name}").read_bytes()
        assert (single / name).read_bytes() == expected, name


def test_one_model_outside_the_workflow_says_what_is_wrong(finished: Project):
    command = [
        *(finished.command(config=())[:1]),
        "workflow/scripts/train_with_config.py",
        "model=random_forest",
        "model.params.n_estimators=0",
    ]
    done = subprocess.run(
        command, cwd=finished.folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "model.params.n_estimators=0: must be an int in the range [1, inf)" in done.stderr
    assert "Traceback" not in done.stderr
