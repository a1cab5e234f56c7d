"""Thresholds of every policy against brute force over all cuts."""

from copy import deepcopy
from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn.customers import Customers
from churn.errors import InputError
from churn.thresholds import (
    NOBODY,
    Scored,
    choose_threshold,
    customer_values,
    decision_curve,
    judge_decision,
)
from sklearn.metrics import f1_score, matthews_corrcoef, precision_score, recall_score

SETTINGS: dict[str, Any] = {
    "policy": "metric",
    "metric": "f1",
    "min_precision": 0.6,
    "cost": {"true_negative": 0, "false_positive": 10, "false_negative": 100, "true_positive": 10},
    "profit": {"offer_cost": 10, "save_probability": 0.3, "customer_value": 100},
    "top_k": {"share": 0.1},
}


def settings(**changes: Any) -> dict[str, Any]:
    return deepcopy(SETTINGS) | changes


@pytest.fixture
def scored() -> Scored:
    rng = np.random.default_rng(2)
    probability = rng.beta(1.5, 3, 300).round(2)
    target = (rng.random(300) < probability).astype(np.int8)
    return Scored(target, probability, rng.uniform(20, 200, 300))


def worth(scored: Scored, threshold: float, chosen: dict[str, Any]) -> float:
    """Judge a threshold customer by customer."""
    target, called = scored.target, scored.probability >= threshold
    if chosen["policy"] == "cost":
        names = {(0, 0): "true_negative", (0, 1): "false_positive"}
        names |= {(1, 0): "false_negative", (1, 1): "true_positive"}
        cells = zip(target.tolist(), called.astype(int).tolist(), strict=True)
        return -sum(chosen["cost"][names[cell]] for cell in cells) / len(target)
    if chosen["policy"] == "profit":
        profit = chosen["profit"]
        saved = profit["save_probability"] * scored.value * target
        return float((called * (saved - profit["offer_cost"])).sum() / len(target))
    if chosen["policy"] == "top_k":
        within = called.mean() <= chosen["top_k"]["share"]
        return float(recall_score(target, called)) if within else 0.0
    if chosen["metric"] == "f1":
        return float(f1_score(target, called))
    if chosen["metric"] == "mcc":
        return float(matthews_corrcoef(target, called))
    recall = float(recall_score(target, called))
    if chosen["metric"] == "youden":
        return recall - float(called[target == 0].mean())
    enough = precision_score(target, called, zero_division=0) >= chosen["min_precision"]
    return recall if enough else -1.0


CHOICES = {
    **{name: settings(metric=name) for name in ("f1", "mcc", "youden", "recall_at_precision")},
    **{policy: settings(policy=policy) for policy in ("cost", "profit", "top_k")},
}


@pytest.mark.parametrize("name", CHOICES)
def test_no_threshold_is_worth_more(scored: Scored, name: str):
    chosen = CHOICES[name]
    threshold = choose_threshold(scored, chosen)
    every = [NOBODY, *np.unique(scored.probability)]
    best = max(worth(scored, other, chosen) for other in every)
    assert worth(scored, threshold, chosen) == pytest.approx(best)
    # Of equally good ones the highest.
    higher = [other for other in every if other > threshold]
    assert all(worth(scored, other, chosen) < best - 1e-12 for other in higher)


@pytest.mark.parametrize("name", CHOICES)
def test_decision_says_what_it_is_worth_and_what_is_missed(scored: Scored, name: str):
    chosen = CHOICES[name]
    half = np.arange(300) < 150
    learned, test = scored.take(half), scored.take(~half)
    threshold = choose_threshold(learned, chosen)
    decision = judge_decision(threshold, learned, test, chosen)
    assert decision["out_of_fold"] == pytest.approx(worth(learned, threshold, chosen))
    if name != "recall_at_precision":
        assert decision["test"]["value"] == pytest.approx(worth(test, threshold, chosen))
    assert decision["contacted"] == pytest.approx((test.probability >= threshold).mean())
    assert decision["test"]["regret"] >= 0
    assert judge_decision(decision["test"]["best_threshold"], learned, test, chosen)["test"][
        "regret"
    ] == pytest.approx(0)


def test_contacting_nobody_is_best_when_an_offer_never_pays(scored: Scored):
    chosen = settings(policy="profit")
    chosen["profit"]["offer_cost"] = 1000
    assert choose_threshold(scored, chosen) == NOBODY > scored.probability.max()


def test_valuable_customers_are_worth_an_offer_at_a_lower_probability():
    target = np.array([1, 0, 0, 0, 1, 0, 0, 0], dtype=np.int8)
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    chosen = settings(policy="profit")
    cheap = Scored(target, probability, np.full(8, 40.0))
    dear = Scored(target, probability, np.where(probability == 0.5, 1000.0, 40.0))
    assert choose_threshold(cheap, chosen) == 0.9
    assert choose_threshold(dear, chosen) == 0.5


def test_curve_holds_the_worth_at_each_threshold(scored: Scored):
    chosen = settings(policy="cost")
    curve = decision_curve(scored, scored, chosen)
    assert len(curve["threshold"]) == 200
    for place in (0, 50, 199):
        expected = worth(scored, curve["threshold"][place], chosen)
        assert curve["test"][place] == pytest.approx(expected)


def customers(values: list[float]) -> Customers:
    return Customers(
        ids=pd.Series(range(len(values)), name="id"),
        numeric=pd.DataFrame({"charges": values}),
        categorical=pd.DataFrame({"plan": ["a"] * len(values)}),
        target=np.zeros(len(values), dtype=np.int8),
        target_name="churn",
    )


def test_value_of_customers_from_a_column_fills_gaps_with_the_median():
    chosen = settings(policy="profit")
    assert customer_values(customers([1.0]), chosen) == 100.0
    chosen["profit"]["customer_value"] = "charges"
    values = customer_values(customers([10.0, np.nan, 30.0]), chosen)
    assert list(np.asarray(values)) == [10.0, 20.0, 30.0]


@pytest.mark.parametrize("column", ["plan", "chargess"])
def test_value_of_customers_has_to_be_a_numeric_column(column: str):
    chosen = settings(policy="profit")
    chosen["profit"]["customer_value"] = column
    with pytest.raises(InputError) as raised:
        customer_values(customers([1.0]), chosen)
    assert str(raised.value) == (
        f"evaluation.threshold.profit.customer_value='{column}': must be a number or a numeric "
        "column of the customers ('charges')"
    )
