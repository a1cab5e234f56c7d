"""Groups of customers: who is judged, and gaps that are real or noise."""

import numpy as np
import pandas as pd
import pytest
from churn.customers import Customers
from churn.errors import InputError
from churn.slices import judges_of_slices
from sklearn.metrics import recall_score, roc_auc_score

SETTINGS = {"bins": 4, "min_rows": 100, "min_churned": 10}
BOOTSTRAP = {"draws": 200, "confidence": 0.95}


def customers_of(n: int, seed: int = 0) -> tuple[Customers, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1.5, 3, n)
    target = (rng.random(n) < probability).astype(np.int8)
    numeric = pd.DataFrame({"tenure": rng.integers(0, 73, n).astype(float)})
    numeric.loc[:4, "tenure"] = np.nan
    plans = rng.choice(["basic", "plus"], n)
    plans[:20] = "rare"
    customers = Customers(
        ids=pd.Series(range(n), name="id"),
        numeric=numeric,
        categorical=pd.DataFrame({"plan": plans}),
        target=target,
        target_name="churn",
    )
    return customers, probability, target


def judged(customers: Customers, probability: np.ndarray, columns: list[str]) -> pd.DataFrame:
    judges = judges_of_slices(
        customers,
        probability,
        0.4,
        columns=columns,
        settings=SETTINGS,
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    return pd.DataFrame([judge() for judge in judges]).set_index("group")


def test_metrics_of_a_group_are_those_of_its_customers():
    customers, probability, target = customers_of(3000)
    metrics = judged(customers, probability, ["plan"]).loc["plus", "metrics"]
    inside = (customers.categorical["plan"] == "plus").to_numpy()
    auc = roc_auc_score(target[inside], probability[inside])
    recall = recall_score(target[inside], probability[inside] >= 0.4)
    assert metrics["roc_auc"]["value"] == pytest.approx(auc)
    assert metrics["recall"]["value"] == pytest.approx(recall)
    assert metrics["roc_auc"]["low"] < auc < metrics["roc_auc"]["high"]


def test_every_customer_is_in_one_group_of_a_column_and_small_groups_are_not_judged():
    customers, probability, _ = customers_of(3000)
    table = judged(customers, probability, ["plan", "tenure"])
    assert table.groupby("column")["rows"].sum().to_dict() == {"plan": 3000, "tenure": 3000}
    assert not table.loc["rare", "judged"]
    assert table.loc["rare", "metrics"] == {}
    assert not table.loc["missing", "judged"]
    assert list(table.index[3:]) == ["0 to 18", "18 to 37", "37 to 54", "54 to 72", "missing"]


def test_groups_that_differ_by_noise_alone_are_rarely_flagged():
    flagged = 0
    for seed in range(20):
        customers, probability, _ = customers_of(1500, seed)
        table = judged(customers, probability, ["plan", "tenure"])
        flagged += any(table["gaps"].map(bool))
    # At most four tests a group at the level of the whole table.
    assert flagged <= 7


def test_group_for_which_the_model_guesses_is_flagged():
    customers, probability, _ = customers_of(4000)
    inside = (customers.categorical["plan"] == "plus").to_numpy()
    blind = probability.copy()
    blind[inside] = np.random.default_rng(5).permutation(probability[inside])
    table = judged(customers, blind, ["plan"])
    assert {"roc_auc", "recall"} <= set(table.loc["plus", "gaps"])
    assert table.loc["basic", "gaps"] == []


def test_group_that_churns_more_than_predicted_is_flagged():
    customers, probability, _ = customers_of(4000)
    inside = (customers.categorical["plan"] == "plus").to_numpy()
    low = np.where(inside, probability * 0.7, probability)
    assert "calibration" in judged(customers, low, ["plan"]).loc["plus", "gaps"]


def test_unknown_column_is_named_with_the_nearest():
    customers, probability, _ = customers_of(300)
    with pytest.raises(InputError, match=r"data\.slices: there is no feature 'plam'; did you"):
        judged(customers, probability, ["plam"])
