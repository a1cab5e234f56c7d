"""Leaks planted in copies of the pipeline are caught, and the pipeline itself is clean."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from churn.customers import Customers
from churn.features import split
from churn.gates import check_gates, failed
from churn.leakage import leak_signals
from churn.training import train
from sklearn.metrics import roc_auc_score
from support.tables import customers_with_signal

MODEL = {
    "estimator": "sklearn.linear_model.LogisticRegression",
    "params": {"C": 1.0},
    "preprocessing": {"impute": True, "scale": True, "encode": "one_hot", "max_categories": 50},
    "calibration": "none",
}
TRAINING = {"cross_validation": {"folds": 3, "repeats": 1}}
GATES = {
    "enforce": False,
    "minimum": {},
    "min_lift": None,
    "max_calibration_error": None,
    "max_roc_auc": 0.95,
    "max_single_feature_roc_auc": 0.95,
}


def alarms(learned: Customers, test: Customers) -> set[str]:
    """Name the gates that two sets of customers do not pass, with a usual report beside them."""
    usual = {"value": 0.8, "low": 0.75, "high": 0.85}
    report = {"metrics": {"roc_auc": usual}, "churn_rate": 0.3}
    gates = check_gates(report, leak_signals(learned, test), GATES)
    return {str(gate["gate"]) for gate in failed(gates)}


def with_number(customers: Customers, name: str, values: np.ndarray) -> Customers:
    return replace(customers, numeric=customers.numeric.assign(**{name: values}))


def test_clean_split_raises_no_alarm():
    assert alarms(*split(customers_with_signal(2000), 0.2, 42)) == set()


def test_feature_made_from_the_label_is_caught():
    customers = customers_with_signal(2000)
    noise = np.random.default_rng(1).normal(0, 0.1, 2000)
    leaky = with_number(customers, "refund", customers.target + noise)
    assert alarms(*split(leaky, 0.2, 42)) == {"single feature"}


def test_resampling_before_the_split_is_caught():
    customers = customers_with_signal(2000)
    rng = np.random.default_rng(1)
    churned = np.flatnonzero(customers.target)
    rows = np.append(np.arange(2000), rng.choice(churned, 2000 - 2 * len(churned)))
    rng.shuffle(rows)
    resampled = Customers(
        ids=pd.Series(np.arange(len(rows)), name="id"),
        numeric=customers.numeric.iloc[rows].reset_index(drop=True),
        categorical=customers.categorical.iloc[rows].reset_index(drop=True),
        target=customers.target[rows],
        target_name="churn",
    )
    # A split by rows alone, as most published notebooks do it.
    test = np.arange(len(rows)) % 5 == 0
    assert "shared rows" in alarms(resampled.take(~test), resampled.take(test))
    # The workflow's own keeps copies together.
    assert "shared rows" not in alarms(*split(resampled, 0.2, 42))


def test_encoder_fitted_on_all_rows_is_caught():
    customers = customers_with_signal(2000)
    # The mean label of every street, with the customer's own in it.
    street = np.random.default_rng(3).integers(0, 1200, 2000)
    rate = pd.Series(customers.target).groupby(street).transform("mean").to_numpy()
    clean = with_number(customers, "street", street.astype(float))
    assert alarms(*split(clean, 0.2, 42)) == set()
    encoded = with_number(customers, "street_rate", rate)
    learned, test = split(encoded, 0.2, 42)
    alone = leak_signals(learned, test)["single_feature"][0]
    assert alone["column"] == "street_rate"
    assert alone["roc_auc"] > 0.85
    assert reads_held_out_labels(_train_with_encoder_of_all_rows)


Predict = Callable[[Customers, int], np.ndarray]


def reads_held_out_labels(out_of_fold: Predict) -> bool:
    """Tell whether predictions for held-out customers depend on their own labels.

    The labels of one fold are shuffled; what is predicted for that fold may not change.
    """
    customers = customers_with_signal(600)
    before = out_of_fold(customers, 0)
    fold = _folds(customers) == 0
    # As many churn as before.
    target = customers.target.copy()
    target[fold] = np.random.default_rng(0).permutation(target[fold])
    after = out_of_fold(replace(customers, target=target), 0)
    return not np.array_equal(before[fold], after[fold])


def _folds(customers: Customers) -> np.ndarray:
    return np.arange(len(customers)) % 3


def _train_with_encoder_of_all_rows(customers: Customers, number: int) -> np.ndarray:
    rate = pd.Series(customers.target).groupby(customers.categorical["plan"]).transform("mean")
    encoded = with_number(customers, "rate", rate.to_numpy())
    return _fitted_outside(encoded, number)


def _fitted_outside(customers: Customers, number: int) -> np.ndarray:
    outside = _folds(customers) != number
    model, *_ = train(customers.take(outside), MODEL, TRAINING, seed=0, threads=1)
    return model.predict_proba(customers.features)[:, 1]


def test_pipeline_reads_no_held_out_label():
    assert not reads_held_out_labels(_fitted_outside)


def test_out_of_fold_predictions_come_from_the_other_folds():
    customers = customers_with_signal(600)
    _, _, before = train(customers, MODEL, TRAINING, seed=0, threads=1)
    fold = before["fold"].to_numpy() == 0
    # An outlier in a fold moves the models of the other folds, never its own fold's model.
    numeric = customers.numeric.copy()
    row = int(np.flatnonzero(fold)[0])
    numeric.loc[row, "usage"] = 500.0
    _, _, after = train(replace(customers, numeric=numeric), MODEL, TRAINING, seed=0, threads=1)
    changed = before["probability"].to_numpy() != after["probability"].to_numpy()
    changed[row] = False
    assert not changed[fold].any()
    assert changed[~fold].all()


def test_labels_drawn_at_random_are_predicted_no_better_than_by_chance():
    customers = customers_with_signal(3000)
    target = np.random.default_rng(8).permutation(customers.target)
    _, scores, out_of_fold = train(
        replace(customers, target=target), MODEL, TRAINING, seed=0, threads=1
    )
    assert abs(scores["metrics"]["roc_auc"]["mean"] - 0.5) < 0.05
    pooled = roc_auc_score(out_of_fold["target"], out_of_fold["probability"])
    assert pooled == pytest.approx(0.5, abs=0.05)
