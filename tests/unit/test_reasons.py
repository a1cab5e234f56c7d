"""Reasons: Shapley values that are known exactly, and what is said of them."""

from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from churn import reasons as module
from churn.prediction import predict
from churn.reasons import shapley_values, top_reasons
from sklearn.ensemble import RandomForestClassifier
from support.models import Formula, fitted, with_gaps
from support.tables import customers_with_signal


@pytest.fixture(scope="module")
def case() -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """Give a forest, customers and background customers, with missing values among them."""
    customers = with_gaps(customers_with_signal(500, seed=1))
    forest = fitted(RandomForestClassifier(20, max_depth=5, random_state=0), customers)
    return forest, customers.features[:60], customers.features[60:75]


def table(rows: int, seed: int) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(rows, 4)), columns=[*"abcd"])


def test_effects_of_single_columns_are_found_exactly():
    def formula(features: pd.DataFrame) -> pd.Series:
        return 0.5 + 0.02 * features["a"] - 0.03 * features["b"] + 0.001 * features["c"] ** 2

    features, background = table(30, 0), table(7, 1)
    expected = pd.DataFrame(
        {
            "a": 0.02 * (features["a"] - background["a"].mean()),
            "b": -0.03 * (features["b"] - background["b"].mean()),
            "c": 0.001 * (features["c"] ** 2 - (background["c"] ** 2).mean()),
            "d": 0 * features["d"],
        }
    )
    found = shapley_values(Formula(formula), features, background, seed=5)
    assert found == pytest.approx(expected.to_numpy(), abs=1e-12)


def test_effect_of_two_columns_together_is_halved_exactly_by_two_orders():
    model = Formula(lambda features: 0.5 + 0.01 * features["a"] * features["b"])
    features, one = table(30, 0), table(1, 1)
    found = shapley_values(model, features, pd.concat([one, one]), seed=5)
    a, b, x, y = features["a"], features["b"], one["a"].item(), one["b"].item()
    expected = 0.01 * (a * b + a * y - x * b - x * y) / 2
    assert found[:, 0] == pytest.approx(expected.to_numpy(), abs=1e-12)


def test_values_are_those_of_the_definition():
    def formula(features: pd.DataFrame) -> pd.Series:
        return 1 / (1 + np.exp(-2 * features["a"] * features["b"] * features["c"] - features["d"]))

    features, one = table(5, 2), table(1, 3)
    expected = np.array(
        [by_definition(formula, row, one.iloc[0]) for _, row in features.iterrows()]
    )
    repeats = 400
    found = shapley_values(Formula(formula), features, pd.concat([one] * repeats), seed=0)
    # A change of a probability deviates by .5 at most, pairs of orders count once.
    assert found == pytest.approx(expected, abs=4 * 0.5 / np.sqrt(repeats / 2))
    assert np.abs(found - expected).mean() < 0.02


def by_definition(formula: Any, customer: pd.Series, other: pd.Series) -> list[float]:
    """Sum over all coalitions of the other columns (Shapley, 1953)."""
    names = list(customer.index)

    def value(coalition: tuple[str, ...]) -> float:
        mixed = other.copy()
        mixed[list(coalition)] = customer[list(coalition)]
        return float(formula(mixed.to_frame().T).iloc[0])

    values = []
    for name in names:
        rest = [column for column in names if column != name]
        total = 0.0
        for size in range(len(names)):
            weight = factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            for coalition in combinations(rest, size):
                total += weight * (value((*coalition, name)) - value(coalition))
        values.append(total)
    return values


def test_values_add_up_to_the_distance_from_the_mean_prediction(case: Any):
    model, features, background = case
    values = shapley_values(model, features, background, seed=1)
    distance = predict(model, features) - predict(model, background).mean()
    assert values.sum(axis=1) == pytest.approx(distance, abs=1e-12)
    assert np.abs(values).max() > 0.01


def test_values_do_not_depend_on_who_else_is_asked_about(
    case: Any, monkeypatch: pytest.MonkeyPatch
):
    model, features, background = case
    values = shapley_values(model, features, background, seed=1)
    alone = shapley_values(model, features[17:18], background, seed=1)
    assert alone == pytest.approx(values[17:18], abs=1e-12)
    # Nor on how many are predicted at a time.
    monkeypatch.setattr(module, "AT_ONCE", 21)
    assert shapley_values(model, features, background, seed=1) == pytest.approx(values, abs=1e-12)


def test_single_column_takes_all():
    features, background = table(5, 0)[["a"]], table(3, 1)[["a"]]
    model = Formula(lambda features: 0.5 + 0.01 * features["a"])
    found = shapley_values(model, features, background, seed=0)
    assert found[:, 0] == pytest.approx(0.01 * (features["a"] - background["a"].mean()))


def test_reasons_name_the_strongest_columns_their_values_and_the_direction():
    features = pd.DataFrame(
        {"tenure": [61.0, np.nan], "charge": [20.35, 1e6], "plan": ["pro", None]}
    )
    features["plan"] = features["plan"].astype(pd.StringDtype(na_value=np.nan))
    values = np.array([[-0.2, 0.1, 0.3], [0.2, 0.0, -0.2]])
    assert top_reasons(features, values, 2) == [
        ["plan=pro raises the risk", "tenure=61 lowers the risk"],
        ["tenure=(missing) raises the risk", "plan=(missing) lowers the risk"],
    ]
    assert top_reasons(features, values, 4)[1][2:] == ["", ""]
    assert top_reasons(features, values, 3)[0][2] == "charge=20.35 raises the risk"
