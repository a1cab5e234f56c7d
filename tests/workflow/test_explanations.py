"""Explanations of a finished run, and new customers scored with its champion."""

import json
import subprocess
import sys

import pandas as pd
import pytest
from support.project import Project

SCRIPT = "workflow/scripts/score_customers.py"


def score(project: Project, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *words],
        cwd=project.folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_every_model_is_explained_by_the_columns_of_the_customers(finished_once: Project):
    raw = pd.read_csv(finished_once.path("results/data/raw/customer_churn.csv"), nrows=1)
    for model in ("baseline", "logistic_regression"):
        path = finished_once.path(f"results/explanations/{model}.json")
        explanation = json.loads(path.read_text())
        importance = {entry["column"]: entry for entry in explanation["importance"]}
        assert set(importance) == set(raw) - {"customerID", "Churn"}
        strongest = explanation["importance"][0]
        assert len(explanation["partial_dependence"]) == 6
        if model == "baseline":
            assert {entry["high"] for entry in importance.values()} == {0}
        else:
            # What the generated churn depends on most.
            assert strongest["column"] in {"tenure", "Contract"}
            assert strongest["low"] > 0


def test_champion_scores_customers_as_it_was_evaluated(finished_once: Project):
    results = finished_once.path("results")
    tested = pd.read_parquet(results / "evaluation/logistic_regression/predictions.parquet")
    raw = pd.read_csv(results / "data/raw/customer_churn.csv", dtype=str, keep_default_na=False)
    raw.drop(columns="Churn").to_csv(finished_once.path("new.csv"), index=False)
    done = score(finished_once, "new.csv", "scores.csv")
    assert done.stdout == "400 customers scored: scores.csv\n", done.stderr
    scores = pd.read_csv(finished_once.path("scores.csv")).set_index("customerID")
    assert list(scores) == ["probability", "predicted", "reason_1", "reason_2", "reason_3"]
    found = scores.loc[tested["customerID"]]
    assert found["probability"].to_numpy() == pytest.approx(tested["probability"].to_numpy())
    assert found["predicted"].tolist() == tested["predicted"].tolist()
    assert found["reason_1"].str.fullmatch(r"\w+=.+ (raises|lowers) the risk").all()


def test_table_that_does_not_fit_is_refused_in_words(finished_once: Project):
    finished_once.path("wrong.csv").write_text("customerID,tenure\n1,long\n")
    done = score(finished_once, "wrong.csv", "none.csv")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "wrong.csv: column 'Contract' is missing; the columns are:" in done.stderr
    assert "wrong.csv: column 'tenure': 1 value is no finite number: 'long' (row 2)" in done.stderr
    assert not finished_once.path("none.csv").exists()
