"""Gates that are enforced end the run in an error, after everything is written."""

import json

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
