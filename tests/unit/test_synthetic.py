"""The generated table: Telco's shape, consistent rows, and a truth that holds."""

import pandas as pd
import pytest
from churn.synthetic import best_reachable_roc_auc, generate
from numpy.random import default_rng
from scipy.stats import binom
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

ADD_ONS = [
    "OnlineSecurity",
    "OnlineBackup",
    "DeviceProtection",
    "TechSupport",
    "StreamingTV",
    "StreamingMovies",
]
COLUMNS = [
    "customerID",
    "gender",
    "SeniorCitizen",
    "Partner",
    "Dependents",
    "tenure",
    "PhoneService",
    "MultipleLines",
    "InternetService",
    *ADD_ONS,
    "Contract",
    "PaperlessBilling",
    "PaymentMethod",
    "MonthlyCharges",
    "TotalCharges",
    "Churn",
]
ROWS = 200_000


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return generate(ROWS, 3)[0].to_pandas()


def test_columns_are_those_of_telco(customers: pd.DataFrame):
    assert list(customers.columns) == COLUMNS


def test_identifiers_are_unique_and_look_like_telcos(customers: pd.DataFrame):
    assert customers["customerID"].is_unique
    assert customers["customerID"].str.fullmatch(r"\d{4}-[A-Z]{5}").all()


def test_services_are_consistent(customers: pd.DataFrame):
    offline = customers["InternetService"] == "No"
    for name in ADD_ONS:
        assert ((customers[name] == "No internet service") == offline).all()
    silent = customers["PhoneService"] == "No"
    assert ((customers["MultipleLines"] == "No phone service") == silent).all()
    assert customers.loc[offline, "MonthlyCharges"].max() < 35
    assert customers.loc[customers["InternetService"] == "Fiber optic", "MonthlyCharges"].min() > 60


def test_total_charges_are_blank_for_new_customers_alone(customers: pd.DataFrame):
    blank = customers["TotalCharges"] == " "
    assert ((customers["tenure"] == 0) == blank).all()
    assert 0.001 < blank.mean() < 0.0025
    charged = customers[~blank]
    ratio = charged["TotalCharges"].astype(float) / (charged["tenure"] * charged["MonthlyCharges"])
    assert 0.85 < ratio.min() < ratio.max() < 1.15


def test_churn_rate_is_that_of_telco(customers: pd.DataFrame):
    low, high = binom.ppf([0.001, 0.999], ROWS, 0.265)
    assert low <= (customers["Churn"] == "Yes").sum() <= high


def test_truth_agrees_with_what_is_drawn():
    rng = default_rng(7)
    probability = rng.beta(1, 3, 100_000).round(2)
    drawn = rng.random(len(probability)) < probability
    assert best_reachable_roc_auc(probability) == pytest.approx(
        roc_auc_score(drawn, probability), abs=0.01
    )


def test_best_auc_of_known_cases():
    assert best_reachable_roc_auc(default_rng(1).integers(0, 2, 100).astype(float)) == 1.0
    assert best_reachable_roc_auc(pd.Series([0.3, 0.3, 0.3]).to_numpy()) == pytest.approx(0.5)
    # Churners score .8 with weight .8 and .2 with .2; the others the other way round.
    expected = 0.8 * 0.8 + 0.5 * (0.8 * 0.2 + 0.2 * 0.8)
    assert best_reachable_roc_auc(pd.Series([0.2, 0.8]).to_numpy()) == pytest.approx(expected)


def test_best_auc_is_near_telcos_and_models_come_close_to_it():
    table, truth = generate(40_000, 11)
    best = truth["best_reachable_roc_auc"]
    assert 0.845 < best < 0.865
    frame = table.to_pandas().drop(columns="customerID")
    frame["TotalCharges"] = pd.to_numeric(frame["TotalCharges"], errors="coerce")
    churn = frame.pop("Churn") == "Yes"
    train = frame.index < 30_000
    features = pd.get_dummies(frame)
    model = HistGradientBoostingClassifier(learning_rate=0.05, random_state=0)
    score = model.fit(features[train], churn[train]).predict_proba(features[~train])[:, 1]
    # Three standard errors of an AUC on 10,000 rows.
    assert best - 0.02 < roc_auc_score(churn[~train], score) < best + 0.012


def test_same_seed_same_table_other_seed_another():
    assert generate(500, 1)[0].equals(generate(500, 1)[0])
    assert not generate(500, 1)[0].equals(generate(500, 2)[0])


def test_one_row():
    table, truth = generate(1, 0)
    assert table.num_rows == 1
    assert 0 < truth["churn_rate"] < 1
