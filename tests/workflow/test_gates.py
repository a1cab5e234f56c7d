"""Gates that are enforced end the run in an error, after everything is written."""

import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
from support.project import Project

GATE = "evaluation.gates.minimum.roc_auc=0.99"


def test_gate_that_fails_is_told_and_the_run_ends_well(finished: Project):
    words = f"overrides={GATE}"
    config = ("models=[baseline,logistic_regression]", "data={source: {rows: 400}}", words)
    outcome = finished.snakemake(config=config).succeeded()
    assert "GATE NOT PASSED: roc_auc on the test set is" in outcome.output
    record = json.loads(finished.path("results/champion.json").read_text())
    # The one in office stays.
    assert (record["status"], record["champion"]) == ("refused", "logistic_regression")


def test_enforced_gate_fails_the_run_each_time_and_keeps_what_is_written(finished: Project):
    words = f"overrides={GATE} evaluation.gates.enforce=true"
    config = ("models=[baseline,logistic_regression]", "data={source: {rows: 400}}", words)
    for jobs in (
        [
            "Comparing the models",
            "Drawing the plots",
            "Enforcing the quality gates",
            "Naming the champion",
            "Writing the model card",
        ],
        ["Enforcing the quality gates"],
    ):
        outcome = finished.snakemake(config=config).failed()
        assert outcome.jobs == jobs
        assert "does not pass the gate 'minimum roc_auc'" in outcome.output
        record = json.loads(finished.path("results/champion.json").read_text())
        assert record["status"] == "refused"
        assert finished.path("results/leaderboard.csv").exists()


def test_labels_drawn_at_random_give_no_champion(new_project: Callable[[str], Project]):
    project = new_project("noise")
    rng = np.random.default_rng(4)
    table = pd.DataFrame(rng.normal(size=(1500, 4)), columns=list("abcd")).round(6)
    table["group"] = rng.choice(["x", "y", "z"], 1500)
    table["left"] = rng.permutation(np.arange(1500) % 4 == 0).astype(int)
    table.to_csv(project.path("noise.csv"), index=False)
    source = "data.source.path=noise.csv data.target=left data.positive_label=1"
    config = ("models=[baseline,logistic_regression]", "data=file", f"overrides={source}")
    outcome = project.snakemake(config=config).succeeded()
    assert "No new champion: " in outcome.output
    record = json.loads(project.path("results/champion.json").read_text())
    assert (record["status"], record["champion"]) == ("refused", None)
    report = project.path("results/evaluation/logistic_regression/report.json")
    auc = json.loads(report.read_text())["metrics"]["roc_auc"]
    assert auc["low"] < 0.5 < auc["high"]
    assert "better than chance" in {g["gate"] for g in record["gates"] if not g["passed"]}


def test_best_reachable_stands_beside_what_was_reached(new_project: Callable[[str], Project]):
    finished = new_project("generated")
    config = ("models=[baseline,logistic_regression]", "data={source: {rows: 4000}}")
    outcome = finished.snakemake(config=config).succeeded()
    told = re.search(r"^Best reachable ROC-AUC .*: (0\.\d{4})$", outcome.output, flags=re.M)
    assert told
    best = json.loads(finished.path("results/comparison.json").read_text())[
        "best_reachable_roc_auc"
    ]
    assert f"{best:.4f}" == told[1]
    board = pd.read_csv(finished.path("results/leaderboard.csv"), index_col="model")
    reached = board.loc["logistic_regression"]
    assert reached["test_roc_auc_low"] < best < reached["test_roc_auc_high"]
