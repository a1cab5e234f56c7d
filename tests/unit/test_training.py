"""Folds side by side: as many threads as were given, and the same digits."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from churn.prediction import predict
from churn.preprocessing import build_pipeline
from churn.training import train, train_model
from sklearn.ensemble import HistGradientBoostingClassifier
from support.project import ROOT
from support.tables import customers_with_signal

PREPROCESSING = {"impute": True, "scale": True, "encode": "one_hot", "max_categories": None}
OUTPUTS = ("model", "metrics", "out_of_fold", "config")
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
def test_folds_side_by_side_give_the_bytes_of_folds_in_turn(estimator: str, tmp_path: Path):
    customers_with_signal(400).write(tmp_path / "train.parquet")
    model, training = settings(estimator, folds=3, repeats=2)
    files = {
        threads: {name: str(tmp_path / f"{name}.{threads}") for name in OUTPUTS}
        for threads in (1, 4)
    }
    for threads, outputs in files.items():
        train_model(
            "model",
            str(tmp_path / "train.parquet"),
            outputs,
            model=model,
            training=training,
            seed=1,
            threads=threads,
        )
    for name in OUTPUTS:
        assert Path(files[4][name]).read_bytes() == Path(files[1][name]).read_bytes(), name


@pytest.mark.parametrize("encode", ["one_hot", "ordinal"])
def test_model_is_that_of_the_pipeline_fitted_to_the_table_as_it_is(encode: str):
    customers = customers_with_signal(400)
    texts = customers.categorical
    customers = replace(customers, categorical=texts.mask(texts == texts.iloc[0, 0]))
    model, training = settings("sklearn.ensemble.HistGradientBoostingClassifier", folds=3)
    model |= {"params": {}, "preprocessing": {**PREPROCESSING, "encode": encode}}
    fitted, _, _ = train(customers, model, training, seed=1, threads=1)
    classifier = HistGradientBoostingClassifier(random_state=1)
    numeric, categorical = list(customers.numeric), list(customers.categorical)
    pipeline = build_pipeline(classifier, numeric, categorical, model["preprocessing"])
    expected = pipeline.fit(customers.features, customers.target)
    assert customers.categorical.isna().any(axis=None)
    assert (predict(fitted, customers.features) == predict(expected, customers.features)).all()


# Of 13 threads each of 5 folds and of the whole can have 2.
@pytest.mark.parametrize(("threads", "used"), [(1, 1), (2, 2), (4, 4), (13, 12)])
def test_no_more_threads_than_given_and_no_fewer(threads: int, used: int):
    model, training = settings("support.counting.CountingClassifier", folds=5)
    code = (
        "import json, sys\n"
        "from churn.training import train\n"
        "from support import counting\n"
        "from support.tables import customers_with_signal\n"
        "model, training, threads = json.loads(sys.argv[1])\n"
        "customers = customers_with_signal(400)\n"
        "train(customers, model, training, seed=1, threads=threads)\n"
        "print(counting.most.value)"
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
    assert int(done.stdout) == used
