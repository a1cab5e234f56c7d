"""Folds side by side: as many threads as were given, and the same digits."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from churn.training import train
from support.project import ROOT
from support.tables import customers_with_signal

PREPROCESSING = {"impute": True, "scale": True, "encode": "one_hot", "max_categories": None}
ESTIMATORS: dict[str, dict[str, Any]] = {
    "sklearn.linear_model.LogisticRegression": {},
    "sklearn.ensemble.RandomForestClassifier": {"n_estimators": 20},
    "sklearn.ensemble.GradientBoostingClassifier": {"n_estimators": 20, "subsample": 0.5},
    "sklearn.ensemble.HistGradientBoostingClassifier": {"max_iter": 20},
}


def settings(estimator: str, folds: int, repeats: int = 1) -> tuple[dict, dict]:
    model = {
        "estimator": estimator,
        "params": ESTIMATORS.get(estimator, {"max_iter": 5}),
        "preprocessing": PREPROCESSING,
        "calibration": "none",
    }
    return model, {"cross_validation": {"folds": folds, "repeats": repeats}}


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_folds_side_by_side_give_the_digits_of_folds_in_turn(estimator: str):
    customers = customers_with_signal(400)
    given = settings(estimator, folds=3, repeats=2)
    _, scores, out_of_fold = train(customers, *given, seed=1, threads=1)
    _, same_scores, same = train(customers, *given, seed=1, threads=4)
    assert same_scores == scores
    assert same.equals(out_of_fold)


# Of 12 threads each of 5 folds can have 2; the model on all customers then has 12.
@pytest.mark.parametrize(("threads", "in_folds"), [(1, 1), (2, 2), (4, 4), (12, 10)])
def test_no_more_threads_than_given_and_no_fewer(threads: int, in_folds: int):
    model, training = settings("support.counting.CountingClassifier", folds=5)
    code = (
        "import json, sys\n"
        "from churn.training import train\n"
        "from support import counting\n"
        "from support.tables import customers_with_signal\n"
        "model, training, threads = json.loads(sys.argv[1])\n"
        "customers = customers_with_signal(400)\n"
        "train(customers, model, training, seed=1, threads=threads)\n"
        "print(json.dumps(counting.counts))"
    )
    folders = f"{ROOT / 'workflow/scripts'}:{ROOT / 'tests'}"
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps([model, training, threads])],
        # As Snakemake does for a job.
        env=os.environ | {"PYTHONPATH": folders, "OMP_NUM_THREADS": str(threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    *folds, whole = json.loads(done.stdout)
    assert (max(folds), whole) == (in_folds, threads)
