"""Signs of leaks between two sets of customers."""

import numpy as np
import pytest
from churn.features import split
from churn.leakage import leak_signals
from sklearn.metrics import roc_auc_score
from support.tables import customers_with_signal


def test_single_features_are_ranked_by_what_they_tell():
    signals = leak_signals(*split(customers_with_signal(4000), 0.25, 1))
    assert [part["column"] for part in signals["single_feature"]] == ["usage", "plan", "noise"]
    assert signals["single_feature"][2]["roc_auc"] == pytest.approx(0.5, abs=0.05)
    assert signals["shared_rows"] == 0


def test_category_alone_scores_by_its_churn_rate():
    learned, test = split(customers_with_signal(4000), 0.25, 1)
    rate = {
        plan: learned.target[(learned.categorical["plan"] == plan).to_numpy()].mean()
        for plan in ("basic", "plus", "pro")
    }
    expected = roc_auc_score(test.target, test.categorical["plan"].map(rate))
    found = {p["column"]: p["roc_auc"] for p in leak_signals(learned, test)["single_feature"]}
    assert found["plan"] == pytest.approx(expected, abs=0.01)


def test_missing_and_unseen_values_do_no_harm():
    learned, test = split(customers_with_signal(800), 0.25, 1)
    test.numeric.loc[:5, "usage"] = np.nan
    test.categorical.loc[:5, "plan"] = "unseen"
    test.categorical.loc[6:8, "plan"] = np.nan
    for part in leak_signals(learned, test)["single_feature"]:
        assert 0 <= part["roc_auc"] <= 1


def test_rows_in_both_sets_are_counted():
    customers = customers_with_signal(200)
    half = np.arange(200) < 100
    overlapping = np.arange(200) >= 95
    signals = leak_signals(customers.take(half), customers.take(overlapping))
    assert signals["shared_rows"] == 5
